// How each argument of kubernetes.Provider, of the stack's config `kubernetes:*` and of the environment's
// PULUMI_K8S_* is handled: done, or refused by its name before anything is made. Tests compare the table with the SDK's declarations.
import type { ProviderArgs } from "@pulumi/kubernetes";
import type { StackConfig } from "../config/config.ts";
import { type Properties, reveal } from "../values.ts";

/** An argument of kubernetes.Provider. */
export type ProviderOptionName = keyof ProviderArgs;

/** How an argument is handled. */
export interface ProviderOption {
  does: "done" | "refused";
  /** Text for docs/deployer-options.md. */
  what: string;
  /** Environment variable for the same setting. */
  env?: string;
  /** Why a value is refused; undefined where it isn't. */
  refusal?: (value: unknown) => string | undefined;
}

const only = (accepted: boolean, why: string) => (value: unknown) => (value === accepted ? undefined : why);
const rendering = "objects are not written to a folder by a run, and would be applied: use `make render`";

export const providerOptions: Readonly<Record<ProviderOptionName, ProviderOption>> = {
  alwaysRender: { does: "refused", what: "See renderYamlToDirectory.", refusal: only(false, rendering) },
  cluster: { does: "done", what: "This cluster of the kubeconfig, with the context's user and namespace." },
  clusterIdentifier: {
    does: "done",
    what: "Says that a cluster at another address is the same one. Another identifier than before is refused while the provider has objects.",
  },
  context: { does: "done", what: "This context of the kubeconfig." },
  deleteUnreachable: {
    does: "done",
    env: "PULUMI_K8S_DELETE_UNREACHABLE",
    what: "What is to be deleted from a cluster that doesn't answer is forgotten.",
  },
  enableConfigMapMutable: {
    does: "done",
    env: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    what: "ConfigMaps are always changed in place; `false` is refused.",
    refusal: only(true, "ConfigMaps are changed in place here, never replaced: use replaceOnChanges"),
  },
  enablePatchForce: {
    does: "done",
    env: "PULUMI_K8S_ENABLE_PATCH_FORCE",
    what: "Patches take fields over from other field managers.",
  },
  enableSecretMutable: {
    does: "done",
    env: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    what: "Secrets are always changed in place; `false` is refused.",
    refusal: only(true, "Secrets are changed in place here, never replaced: use replaceOnChanges"),
  },
  enableServerSideApply: {
    does: "done",
    env: "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
    what: "Objects are always applied by the server; `false` is refused.",
    refusal: only(true, "objects are applied by the server alone"),
  },
  helmReleaseSettings: { does: "done", what: "Nothing to set: releases and charts are refused as such." },
  kubeClientSettings: {
    does: "refused",
    what: "`burst`, `qps` and `timeout`, and the variables `PULUMI_K8S_CLIENT_BURST` and so on: requests have no limits but the number of connections.",
    refusal: (value) =>
      Object.values((value ?? {}) as object).some((setting) => setting !== undefined && setting !== null)
        ? "burst, qps and timeout of the client can't be set"
        : undefined,
  },
  kubeconfig: {
    does: "done",
    env: "KUBECONFIG",
    what: "A path or the content. One that means another cluster than before is refused while the provider has objects in the former one.",
  },
  namespace: {
    does: "done",
    what: "Of objects in namespaces that name none; after it that of the kubeconfig's context, then `default`.",
  },
  renderYamlToDirectory: {
    does: "refused",
    what: "`make render` writes the objects as files; `up` applies them.",
    refusal: (value) => (value ? rendering : undefined),
  },
  skipUpdateUnreachable: {
    does: "refused",
    env: "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
    what: "A cluster that doesn't answer is an error.",
    refusal: only(false, "what can't be updated is an error, never skipped"),
  },
  suppressDeprecationWarnings: {
    does: "done",
    env: "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
    what: "None are given.",
  },
  suppressHelmHookWarnings: { does: "done", env: "PULUMI_K8S_SUPPRESS_HELM_HOOK_WARNINGS", what: "None are given." },
  upsertExistingObjects: {
    does: "done",
    env: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    what: "An object that is there and belongs to no stack is taken over instead of refused.",
  },
};

/** Settings of a provider. */
export interface ProviderSettings {
  kubeconfig?: string;
  context?: string;
  cluster?: string;
  namespace?: string;
  clusterIdentifier?: string;
  deleteUnreachable?: boolean;
  enablePatchForce?: boolean;
  upsertExistingObjects?: boolean;
}

/** The settings in a provider resource's inputs. The SDK sends values other than texts as JSON. */
export function settingsOf(inputs: Properties): ProviderSettings {
  const plain = reveal(inputs) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, parsed(name, value)]));
}

const texts: readonly string[] = [
  "kubeconfig",
  "context",
  "cluster",
  "namespace",
  "clusterIdentifier",
  "renderYamlToDirectory",
] satisfies ProviderOptionName[];

function parsed(name: string, value: unknown): unknown {
  if (typeof value !== "string" || texts.includes(name)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Settings of the default provider, from the stack's config and the environment. */
export function defaultSettings({ values }: StackConfig, env = process.env): ProviderSettings {
  const client = clientSettings(env);
  const settings = Object.entries(providerOptions).flatMap(([name, { env: variable = "" }]) => {
    const value = values[`kubernetes:${name}`] ?? (variable === "KUBECONFIG" ? undefined : env[variable]);
    return value === undefined || value === "" ? [] : [[name, parsed(name, value)]];
  });
  return { ...(client ? { kubeClientSettings: client } : {}), ...Object.fromEntries(settings) };
}

/** kubeClientSettings from the environment, one variable for each field; undefined where none is set. */
function clientSettings(env: NodeJS.ProcessEnv): object | undefined {
  const fields = ["burst", "qps", "timeout"].flatMap((field) => {
    const value = env[`PULUMI_K8S_CLIENT_${field.toUpperCase()}`];
    return value ? [[field, value]] : [];
  });
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

/** Refusals of a provider's settings, each with the setting's name after `where`. */
export function providerRefusals(settings: ProviderSettings, where: string): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    if (!(name in providerOptions)) return [`${where} ${name}: this deployer doesn't know it`];
    const why = providerOptions[name as ProviderOptionName].refusal?.(value);
    return why ? [`${where} ${name}: ${why}`] : [];
  });
}
