// Short ways to write workflows down and to run them.
import type { Library, Pod, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { type Script, SimulatedCluster, workflow } from "./simulated-cluster.ts";

export const pod = (name: string, more: Partial<Template> = {}): Template => ({
  name,
  container: { image: "i", command: ["c"] },
  ...more,
});
export const dag = (tasks: NonNullable<Template["dag"]>["tasks"], more: Partial<Template> = {}): Template => ({
  name: "main",
  dag: { tasks },
  ...more,
});
export const output = (name: string, path = "/tmp/o"): Template["outputs"] => ({
  parameters: [{ name, valueFrom: { path } }],
});
export const argument = (name: string, value: string) => ({ parameters: [{ name, value }] });

export function run(
  templates: Template[],
  script?: (pod: Pod) => Script,
  more: Partial<WorkflowSpec> = {},
  library?: Library,
): SimulatedCluster {
  return new SimulatedCluster(workflow({ entrypoint: "main", templates, ...more }), script, library).run();
}
export const phases = (cluster: SimulatedCluster) =>
  Object.fromEntries(Object.values(cluster.workflow.status?.nodes ?? {}).map((node) => [node.displayName, node.phase]));
export const echoes = pod("echo", {
  inputs: { parameters: [{ name: "v" }] },
  outputs: output("o"),
  container: { image: "i", args: ["{{inputs.parameters.v}}"] },
});
export const echo = (pod: Pod): Script => ({
  output: String((pod.spec.containers as { args?: string[] }[])[0]?.args?.[0] ?? ""),
});
