// docs/engine-parity.md: which of Argo's own examples the built-in engine runs, and why it refuses the others.
import { featuresOf, type Verdict, verdicts } from "../../test/argo-examples/verdict.ts";
import { cell, code, table } from "./markdown.ts";

const source = "https://github.com/argoproj/argo-workflows/blob/v4.1.2/examples";
const link = ({ file, name }: Verdict) => `[${cell(file)}](${source}/${file}) ${code(name)}`;

/** The page. */
export function engineParityPage(): string {
  const all = verdicts();
  const refused = all.filter(({ message }) => message !== "");
  return `# The built-in engine and Argo's own examples

Generated from \`test/argo-examples/\` by \`npm run docs\`. The built-in engine is given each of the ${all.length} Workflows in Argo Workflows' folder of
examples, version 4.1.2, as it is submitted: **${all.length - refused.length} of ${all.length} are accepted**, and the other ${refused.length} are refused with the path of each field that the
engine doesn't support. \`test/unit/engine/argo-examples.test.ts\` runs each accepted one in virtual time with pods that a script ends. That
shows that it runs by the engine's rules; Argo's own outcome of these examples is not recorded. What is held to Argo's own
output is in \`test/unit/engine/golden\`. [What the engine does](../embedded/engine/README.md#what-it-does).

## Why they are refused

${reasons(refused)}
An example that needs several of these counts for each of the first ten.

## Example by example

${table(
  ["example", "verdict"],
  all.map((verdict) => [
    link(verdict),
    verdict.message === "" ? "accepted" : featuresOf(verdict).map(cell).join(" · "),
  ]),
)}`;
}

function reasons(refused: readonly Verdict[]): string {
  const byFeature = new Map<string, number>();
  for (const verdict of refused)
    for (const feature of featuresOf(verdict)) byFeature.set(feature, (byFeature.get(feature) ?? 0) + 1);
  const rows = [...byFeature].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return table(
    ["not supported", "examples"],
    rows.map(([feature, count]) => [cell(feature), String(count)]),
  );
}
