// The pod that the engine asks for a template.
import type { Pod, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { SimulatedCluster, workflow } from "./simulated-cluster.ts";

export function podOf(main: Partial<Template>, more: Partial<WorkflowSpec> = {}): Pod {
  const cluster = new SimulatedCluster(
    workflow({ entrypoint: "main", templates: [{ name: "main", ...main }], ...more }),
  );
  const pod = cluster.step().podsToCreate[0];
  if (!pod) throw new Error(`no pod: ${cluster.workflow.status?.message}`);
  return pod;
}

export const container = { image: "i", command: ["c"] };
