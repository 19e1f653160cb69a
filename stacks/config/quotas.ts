// Quotas of the platform's namespaces: all pods at their limits during a roll-out, and some room.
import { quantity } from "@agentic/api/quantities.ts";
import type { Quota } from "../../components/cluster/namespaces.ts";
import type { ComponentsConfig } from "./components.ts";
import { type ComponentName, componentNames, declaration } from "./declared.ts";

const GiB = 2 ** 30;

/** The smallest quota: it leaves room for jobs, sidecars and debugging. */
const least = { cpu: 16, memory: 24, pods: 50, storage: 200 };

/** Room for everything else than the components' main containers. */
const room = { cpu: 4, memory: 4, pods: 20 };

/** The components whose pods a namespace has room for; one that runs as several Deployments stands here several times. */
const members = (namespace: string): ComponentName[] =>
  componentNames.flatMap((name) => {
    const { namespace: home, deployments = 1 } = declaration(name);
    return home === namespace ? Array.from({ length: deployments }, () => name) : [];
  });

/** Pods at once while a Deployment is rolled out: Kubernetes starts a quarter more, rounded up. */
const rolling = (replicas: number) => replicas + Math.ceil(replicas / 4);

/** The quota of a namespace of the platform, for the components that it holds. */
export function namespaceQuota(namespace: string, components: ComponentsConfig): Quota {
  const enabledComponents = members(namespace)
    .map((name) => components[name])
    .filter(({ enabled }) => enabled);
  const sum = (of: (component: (typeof enabledComponents)[number]) => number) =>
    enabledComponents.reduce((all, component) => all + of(component), 0);
  const limit = (amount: "cpu" | "memory") =>
    sum(({ replicas, resources }) => rolling(replicas) * quantity(resources.limits[amount]));
  const cpu = Math.ceil(limit("cpu")) + room.cpu;
  const memory = Math.ceil(limit("memory") / GiB) + room.memory;
  const storage = Math.ceil(sum((component) => quantity(component.storage ?? "0")) / GiB);
  const pods = sum(({ replicas }) => rolling(replicas)) + room.pods;
  return {
    cpu: String(Math.max(least.cpu, cpu)),
    memory: `${Math.max(least.memory, memory)}Gi`,
    pods: Math.max(least.pods, pods),
    storage: `${Math.max(least.storage, storage)}Gi`,
  };
}
