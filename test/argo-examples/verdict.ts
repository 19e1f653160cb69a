// What the built-in engine says to each of Argo's examples when it is submitted.
import { advance } from "../../embedded/engine/core/advance.ts";
import { type Example, examples, library } from "./load.ts";

export interface Verdict {
  file: string;
  /** The name of the workflow, of which a file may have several. */
  name: string;
  phase: string;
  /** Why it is refused; empty where it is accepted. */
  message: string;
}

function judge({ file, workflow }: Example): Verdict {
  const { status } = advance(workflow, [], new Date("2026-01-01T00:00:00Z"), library);
  const { name, generateName } = workflow.metadata as { name: string; generateName?: string };
  const isRefused = status.phase === "Error" || (status.phase === "Failed" && !status.nodes);
  return {
    file,
    name: generateName ?? name,
    phase: status.phase ?? "",
    message: isRefused ? (status.message ?? "") : "",
  };
}

/** The verdict for each example, in the order of the files. */
export const verdicts = (): Verdict[] => examples.map(judge);

const INDEX = /\[\d+\]/g;
const ENGINE = / (?:is|are) not supported by this workflow engine/;

/** The features for which a workflow is refused: fields without the places at which they stand, or what is wrong. */
export function featuresOf({ message }: Verdict): string[] {
  const problems = message.split(/; (?=(?:(?:cluster )?workflow template \S+: )?spec\b)/);
  const names = problems.map((problem) => {
    const [path = "", ...reason] = problem.replace(/^(?:cluster )?workflow template \S+: /, "").split(": ");
    if (reason.join(": ").startsWith("expression tags")) return "expression tags `{{=…}}`";
    const field = path
      .replace(INDEX, "")
      .replace(/^spec\.(?:templates|templateDefaults)\./, "template: ")
      .replace(/^spec\./, "workflow: ");
    return ENGINE.test(problem) ? field : `${field}: ${reason.join(": ")}`;
  });
  return [...new Set(names)];
}
