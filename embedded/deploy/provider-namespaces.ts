// Finds each provider's default namespace without asking a cluster.
import { connectionOf } from "@agentic/kube/kubeconfig/connection.ts";
import type { StackConfig } from "./config/config.ts";
import { defaultSettings, type ProviderSettings, settingsOf } from "./options/provider-options.ts";
import { urnOfProvider } from "./provider-urn.ts";
import type { Registration } from "./registration.ts";

/** Settings of the default provider. */
export interface DefaultProvider {
  config: StackConfig;
  /** The kubeconfig given to the run, if any. */
  kubeconfig?: string;
  context?: string;
}

/** Namespace of each provider (`urn::id`, "" for the default one) from its settings, or from its kubeconfig's context; else undefined. */
export function providerNamespaces(
  registrations: readonly Registration[],
  { config, kubeconfig, context }: DefaultProvider,
): (provider: string) => string | undefined {
  const providers = registrations.filter(({ type }) => type === "pulumi:providers:kubernetes");
  const settings = new Map(providers.map(({ urn, inputs }) => [urn, settingsOf(inputs)]));
  settings.set("", { kubeconfig, context, ...defaultSettings(config) });
  return (provider) => {
    const found = settings.get(urnOfProvider(provider)) ?? {};
    return found.namespace ?? contextNamespace(found);
  };
}

function contextNamespace({ kubeconfig, context }: ProviderSettings): string | undefined {
  if (!kubeconfig) return undefined;
  try {
    return connectionOf({ kubeconfig, context }).namespace;
  } catch {
    // The kubeconfig may not exist: a render needs no cluster.
    return undefined;
  }
}
