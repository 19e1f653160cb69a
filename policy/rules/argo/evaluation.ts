// Templates of a stable channel must have passed the suite of evaluations as they are now.
import { type Evaluation, templateDigest } from "@agentic/api/evaluation.ts";
import { ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import { workflowRule } from "../../kinds/workflows.ts";
import { fields, isText } from "../../values.ts";

const EVALUATE = "evaluate it by npm run eval -- --write";

export const evaluation = workflowRule({
  name: "workflow-evaluation",
  severity: "medium",
  description: "Templates of the channel stable have passed the suite of evaluations in the state that they have now.",
  remedy: `Evaluate the template by npm run eval -- --write, which makes its annotation ${ANNOTATIONS.evaluation}, or take it out of the channel.`,
  settings: {
    channels: {
      type: "array",
      items: { type: "string" },
      default: ["stable"],
      description: `Values of the label ${LABELS.channel} that demand an evaluation; none: no template needs one.`,
    },
    minimumScore: {
      type: "number",
      default: 0.9,
      description: "The least score that an evaluation must have, 0 to 1.",
    },
    minimumCases: { type: "number", default: 10, description: "How many recorded runs it must be made of at least." },
  },
  check: (workflow, report, { setting }) => {
    const { object, kind, objectPath } = workflow;
    if (kind !== "WorkflowTemplate" && kind !== "ClusterWorkflowTemplate") return;
    const metadata = fields(object.metadata);
    const channel = fields(metadata.labels)[LABELS.channel];
    if (!isText(channel) || !setting<string[]>("channels").includes(channel)) return;
    const path = `${objectPath}metadata.annotations["${ANNOTATIONS.evaluation}"]`;
    const text = fields(metadata.annotations)[ANNOTATIONS.evaluation];
    if (!isText(text)) return report(path, `missing on a template of the channel ${channel}`, EVALUATE);
    const found = parsed(text);
    const [score, cases] = [setting<number>("minimumScore"), setting<number>("minimumCases")];
    if (!found) report(path, "not an evaluation", EVALUATE);
    else if (found.template !== templateDigest(workflow.spec))
      report(path, "of another state of the template, whose steps, graph or parameters have changed since", EVALUATE);
    else if (found.passed !== true) report(path, "the suite does not pass", "put right what it finds");
    else if (!(Number(found.score) >= score))
      report(path, `the score is ${found.score}`, `it must be at least ${score}`);
    else if (!(Number(found.cases) >= cases))
      report(path, `it is made of ${found.cases} cases`, `it must be made of at least ${cases}`);
  },
});

function parsed(text: string): Partial<Evaluation> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
