// The console of a stack: what its config and the rest of the platform give it.
import { NAMESPACES, tenantNamespace } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import { Console } from "../components/agent-console/console.ts";
import type { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import type { Issuer } from "../components/security/certificates.ts";
import { randomCredential } from "../components/security/credential.ts";
import type { Cidrs } from "../components/security/flows.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import { consoleUrlOf } from "./config/console.ts";
import type { DataServices } from "./data-services.ts";
import { collectorOf, logProjectOf, logsUrlOf } from "./telemetry.ts";
import { platformVersion } from "./version.ts";

export interface StackConsoleArgs {
  namespaces: PlatformNamespaces;
  priorities: PriorityClasses;
  data: Pick<DataServices, "minio" | "objectStore" | "storeReader">;
  apiServerCidrs: Cidrs;
  issuer?: Issuer;
  /** What the issuer knows the console by. */
  clientSecret?: pulumi.Output<string>;
  /** Definitions of the kinds that it lists. */
  definitions: pulumi.Resource[];
}

/** Registers it where the config has it on. */
export function createConsole(
  config: Config,
  { namespaces, priorities, data, apiServerCidrs, issuer, clientSecret, definitions }: StackConsoleArgs,
  root: pulumi.ComponentResourceOptions,
): Console | undefined {
  const { console: component } = config.components;
  if (!component.enabled) return undefined;
  const { sessionMinutes, ingressNamespaces, oidc, demo, logLevel } = component.values;
  const { objectStore, storeReader } = data;
  // Sessions hold people's tokens: those of accounts end with theirs.
  const rotation = { ...config.rotation.accounts, keepPrevious: false };
  const { current: sessionKey } = randomCredential("console-session", { length: 48, rotation });
  return new Console(
    "console",
    {
      namespace: namespaces.get(NAMESPACES.system),
      ...commonArgs(component, priorities, "platform"),
      image: component.image ?? config.images.console ?? "",
      address: config.cluster.consoleAddress,
      publicUrl: consoleUrlOf(config),
      ...(oidc ? { oidc: { ...oidc, clientSecret } } : {}),
      sessionKey: sessionKey.value,
      sessionMinutes,
      ...(objectStore ? { store: { url: objectStore.url, keys: storeReader } } : {}),
      tenants: config.tenants.map(({ name }) => tenantNamespace(name)),
      from: ingressNamespaces,
      minio: data.minio !== undefined,
      apiServerCidrs,
      demo,
      version: platformVersion,
      logLevel,
      logProject: logProjectOf(config),
      ...(logsUrlOf(config) ? { logs: collectorOf(config) } : {}),
      issuer,
    },
    { ...root, dependsOn: [...definitions, ...(data.minio ? [data.minio.setup] : [])] },
  );
}
