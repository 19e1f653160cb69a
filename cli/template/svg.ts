// A template's steps as a picture.
import type { Step } from "../../pipeline-kit/graph.ts";

/** A picture, laid out by Graphviz. */
export async function svgOf(steps: readonly Step[], title: string): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  return viz.renderString(
    {
      graphAttributes: { rankdir: "TB", label: title, labelloc: "t", fontname: "sans-serif" },
      nodeAttributes: { fontname: "sans-serif", style: "rounded", shape: "box" },
      nodes: steps.map(({ name, isGate }) => ({
        name,
        ...(isGate ? { attributes: { shape: "diamond", style: "solid" } } : {}),
      })),
      edges: steps.flatMap(({ name, after }) => after.map((other) => ({ tail: other, head: name }))),
    },
    { format: "svg" },
  );
}
