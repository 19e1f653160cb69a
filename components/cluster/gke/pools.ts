// Which nodes run what: the labels and taints of the pools, and what pods say to get onto them.
//
// The pools and the pods that ask for them take label, taint and sandbox from here, so that the two can't drift apart.

import type { NodeChoice } from "../../scheduling/placement.ts";

/** `system` runs the platform, `agents` the steps of workflows, `browsers` the browser service. */
export const poolNames = ["system", "agents", "browsers"] as const;
export type PoolName = (typeof poolNames)[number];

/** Label of a pool's nodes, and key of its taint. */
const POOL_KEY = "agentic.io/pool";

/** Label that Google puts on spot nodes; on Autopilot, asking for it makes one. */
const spotLabel = "cloud.google.com/gke-spot";

/** Runtime class of GKE Sandbox; it brings the sandbox's own node selector and toleration. */
const SANDBOX_RUNTIME_CLASS = "gvisor";

const equal = (key: string, value: string) =>
  ({ key, operator: "Equal", value, effect: "NoSchedule" }) as const satisfies NodeChoice["tolerations"][number];

/** How the cluster is run, as far as its pods must know. */
export interface PoolShape {
  mode: "autopilot" | "standard";
  /** Whether agents run on nodes that Google may take back within 30 s, at about a third of the price. */
  spot: boolean;
  /** Whether agents and browsers run in GKE Sandbox. */
  sandbox: boolean;
}

/** What the pods of a pool ask for. Those of `system` say nothing: its nodes carry no taint. */
export function nodesOf(pool: PoolName, { mode, spot, sandbox }: PoolShape): NodeChoice {
  const onSpot = pool === "agents" && spot;
  const runtime = sandbox ? { runtimeClassName: SANDBOX_RUNTIME_CLASS } : {};
  if (pool === "system") return { nodeSelector: {}, tolerations: [] };
  // Autopilot makes a node for what a pod asks for, and tolerates its own taints by itself.
  if (mode === "autopilot") return { nodeSelector: onSpot ? { [spotLabel]: "true" } : {}, tolerations: [], ...runtime };
  return {
    nodeSelector: { [POOL_KEY]: pool },
    tolerations: [equal(POOL_KEY, pool), ...(onSpot ? [equal(spotLabel, "true")] : [])],
    ...runtime,
  };
}

/** Labels and taints of a Standard pool's nodes. GKE adds the sandbox's by itself. */
export function nodeMarks(pool: PoolName, spot: boolean) {
  const taint = (key: string, value: string) => ({ key, value, effect: "NO_SCHEDULE" });
  return {
    labels: { [POOL_KEY]: pool },
    taints: [...(pool === "system" ? [] : [taint(POOL_KEY, pool)]), ...(spot ? [taint(spotLabel, "true")] : [])],
  };
}
