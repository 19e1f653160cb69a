// docs/policy-parity.md: what stands for each constraint of Gatekeeper's library, from the table in policy/.
import { type Constraint, constraints, controls, library } from "../../policy/gatekeeper.ts";
import { code, table } from "./markdown.ts";

const libraries = { general: "General", "pod-security-policy": "Pod Security Policies" } as const;

/** The page. */
export function policyParityPage(): string {
  const all = Object.values(constraints);
  const judged = all.filter(({ policies }) => policies.length > 0).length;
  const sections = Object.entries(libraries).map(([folder, title]) => `## ${title}\n\n${rows(folder)}`);
  return `# Gatekeeper's library, rule by rule

Generated from \`policy/gatekeeper.ts\` by \`npm run docs\`: change the table there, not this page.

Gatekeeper is not installed. The [policy pack](policies.md) judges the program before anything is made, and what the API server
admits is held by Kubernetes' own controls. For each constraint template of Gatekeeper's library, general and Pod Security Policies,
as of [${library.date}](${library.url}/tree/${library.commit}) (the library has no releases), this is what does its work here:
${judged} of ${all.length} by a rule of the pack.

For all of them: the pack judges what a program registers, so an object that exists already is judged when it is registered again,
fields that can't change included. Exceptions are by the object's name (setting \`except\`), not by an image's. Pods are judged in
[whatever makes them](policies.md#pods-in-whatever-makes-them), not only by themselves. Of the
library's own examples (248 verdicts), nothing that it refuses passes here but for what the last column says.

${sections.join("\n")}`;
}

function rows(folder: string): string {
  const own = Object.entries(constraints).filter(([path]) => path.startsWith(`${folder}/`));
  return table(
    ["constraint", "version", "policies", "at admission", "what differs"],
    own.map(([path, constraint]) => [
      `[${constraint.kind}](${library.url}/tree/${library.commit}/library/${path})`,
      constraint.version,
      constraint.policies.map((name) => `[${code(name)}](policies.md#${name})`).join(", "),
      admission(constraint),
      constraint.note ?? "",
    ]),
  );
}

const admission = ({ admission: names = [] }: Constraint): string => names.map((name) => controls[name]).join("; ");
