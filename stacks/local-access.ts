// Access to a stack's own local cluster (kind, k3d) from this machine: a Service behind each mapped port whose component is enabled.
import { NAMESPACES } from "@agentic/api/names.ts";
import { WEBHOOK } from "@agentic/api/webhook.ts";
import { argoServerPart } from "../components/argo/argo-workflows.ts";
import { LocalAccess } from "../components/cluster/local/access.ts";
import { type LocalPort, localPorts } from "../components/cluster/local/ports.ts";
import { minioPart } from "../components/data/minio/minio.ts";
import { eventParts } from "../components/events/parts.ts";
import { images } from "../components/images.ts";
import { portOf } from "./config/cluster.ts";
import type { Config } from "./config/config.ts";
import type { ExternalServices } from "./external-services.ts";

/** The pods that each port leads to, and when it does. */
const targets: Record<LocalPort, { space: string; part: string; port: number; on: (config: Config) => boolean }> = {
  argo: {
    space: NAMESPACES.argoWorkflows,
    part: argoServerPart,
    port: images.argoServer.ports.web,
    // The built-in engine has no pages.
    on: ({ components, workflowEngine }) => components.workflows.enabled && workflowEngine === "argo",
  },
  minio: {
    space: NAMESPACES.sharedServices,
    part: minioPart,
    port: images.minio.ports.console,
    on: ({ components: { minio } }) => minio.enabled && minio.values.console !== false,
  },
  webhook: {
    space: NAMESPACES.argoEvents,
    part: eventParts.webhook,
    port: WEBHOOK.port,
    on: ({ components }) => components.events.enabled,
  },
};

/** How many NodePorts each namespace may have, and the function that registers their Services. */
export function localAccess(config: Config): Pick<ExternalServices, "nodePorts" | "finish"> {
  const open = (Object.keys(targets) as LocalPort[])
    .filter((name) => portOf(config.cluster.ports, name) !== 0 && targets[name].on(config))
    .map((name) => ({ ...targets[name], nodePort: localPorts[name].node }));
  if (open.length === 0) return {};
  return {
    nodePorts: Object.fromEntries(open.map(({ space }) => [space, 1])),
    finish: ({ namespaces, quotas, root }) => {
      const doors = open.flatMap(({ space, part, port, nodePort }) => {
        const namespace = namespaces[space];
        return namespace === undefined ? [] : [{ namespace, space, part, port, nodePort }];
      });
      new LocalAccess("local-access", { doors, quotas }, root);
    },
  };
}
