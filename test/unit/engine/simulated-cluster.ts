// Workflows and scripts for tests of the engine in the kit's simulated cluster.
import type { Pod, Workflow } from "../../../embedded/engine/core/types.ts";
import type { Script } from "../../../pipeline-kit/cluster.ts";

export { type Script, SimulatedCluster } from "../../../pipeline-kit/cluster.ts";

/** A minimal workflow for a test. */
export function workflow(spec: Workflow["spec"], name = "wf"): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: "ns", uid: "u-1", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec,
  };
}

/** A script that is chosen by the name of the pod's node. */
export const byNode =
  (scripts: Record<string, Script | Script[]>, fallback: Script = {}) =>
  (pod: Pod): Script => {
    const name = pod.metadata.annotations?.["workflows.argoproj.io/node-name"] ?? "";
    const script = scripts[name] ?? scripts[name.slice(name.indexOf(".") + 1)];
    return (Array.isArray(script) ? script.shift() : script) ?? fallback;
  };
