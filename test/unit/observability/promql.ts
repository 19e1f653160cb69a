// What an expression of PromQL asks for, read by Prometheus' own grammar.
import { parser } from "@prometheus-io/lezer-promql";

export interface Asked {
  /** Of each selector: its metric, and the labels of its matchers. */
  selectors: { metric: string; labels: string[] }[];
  /** Labels by which it groups, joins or leaves out. */
  grouping: string[];
  /** Whether it isn't PromQL. */
  isBroken: boolean;
}

/** Reads an expression. */
export function asks(expression: string): Asked {
  const asked: Asked = { selectors: [], grouping: [], isBroken: false };
  const text = (node: { from: number; to: number }) => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) asked.isBroken = true;
      if (node.name === "VectorSelector") asked.selectors.push({ metric: "", labels: [] });
      if (node.name !== "Identifier" && node.name !== "LabelName") return;
      const selector = asked.selectors.at(-1);
      if (node.matchContext(["VectorSelector"]) && selector) selector.metric = text(node);
      else if (node.matchContext(["GroupingLabels"])) asked.grouping.push(text(node));
      else if (selector) selector.labels.push(text(node));
    },
  });
  return asked;
}
