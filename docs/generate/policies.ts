// docs/policies.md: how the policy pack is used, and every rule of it, from the rules themselves.

import { podSecurity } from "../../policy/pod-security.ts";
import { areas, type Rule } from "../../policy/rule.ts";
import { rules } from "../../policy/rules/index.ts";
import { cell, code, table } from "./markdown.ts";

const introduction = `# Policies

The CrossGuard pack \`policy/\` says what every resource of the platform must hold to. The same files run three ways:

- \`pulumi preview --policy-pack policy\` (and \`up\`), with the Pulumi CLI.
- \`npm run policy\`, without it: the program is run and nothing is made. \`STACK\` or \`--stack\` names the stack; no image is
  built, no cluster is asked. \`make policy\` is the same.
- In tests: each rule has its table of cases beside it (\`policy/rules/<area>/<rule>.test.ts\`).

## On the command line

${table(
  ["option", "meaning"],
  [
    ["`--stack name`", "the stack, default `STACK` or `embedded`"],
    ["`--format text\\|sarif`", "for people, or SARIF 2.1.0 for code scanning"],
    ["`--out file`", "write there; the sum is printed"],
    ["`--policy-pack folder`", "another pack, default `policy`"],
    ["`--policy-pack-config file`", "levels and settings, as below"],
  ],
)}
It exits with 1 where a mandatory policy is violated, and with 0 otherwise. In GitHub Actions:

\`\`\`yaml
- run: npm run -s policy -- --stack gke --format sarif --out policy.sarif
- if: always()
  uses: github/codeql-action/upload-sarif@v4
  with: { sarif_file: policy.sarif }
\`\`\`

## Levels and settings

A file of JSON, the same for the CLI and for \`npm run policy\`. \`all\` sets the level of every policy; a policy's own entry wins:

\`\`\`json
{
  "all": "mandatory",
  "probes": "advisory",
  "seccomp": "remediate",
  "bare-pods": "disabled",
  "image-registries": { "registries": ["registry.example.com/team", "*.pkg.dev"] },
  "volume-size": { "maxSize": "500Gi", "except": ["shared-services/minio"] }
}
\`\`\`

\`advisory\` prints, \`mandatory\` stops the run, \`disabled\` leaves the policy out, and \`remediate\` puts the resource right before
it is made, where the catalogue says that this is possible; what can't be put right is then as with \`mandatory\`. Every policy
about single resources takes \`except\`, a list of resources to leave alone: \`namespace/name\`, the name alone outside a
namespace, and the Pulumi resource's name for Google Cloud.

## Values that a preview doesn't know

A preview doesn't know what only the deployment will: an address, a name that the cloud makes, what another stack's resource
answers. One place decides what that means for every policy (\`policy/unknown.ts\`): a check that asks for such a value says
nothing of it, whatever else is wrong is still reported, beside it and in the same object, and \`remediate\` writes over no
value that isn't known. A policy that could not be decided is reported to Pulumi as not applicable, with the paths that it
asked for, and \`npm run policy\` counts such checks by policy. With the Pulumi CLI it is asked again in \`pulumi up\`, before each
resource is made, when the values are known; a preview that passes with some of them therefore doesn't promise that \`up\` does.

## Objects in whatever brings them

Policies about single objects see every object that a resource brings, each at its path: the resource itself, the items of a
\`List\` and of the SDK's list of a kind (\`RoleList\`), and in custom kinds whole objects in any field or in a manifest's text of up to
1.5 MiB, such as those that a Sensor or a workflow's step makes. Such a text is read as kubectl reads it: YAML 1.1, in which \`yes\` is true and \`0440\` octal,
or JSON; a variable \`{{…}}\` stands for any text; what can't be read is no object. What only refers to an object, such as a scaler's target, is none.
Policies over the whole stack see what is on lists. Rules of roles are read as the API server reads them: \`*\` is every group,
resource and verb, and \`*/exec\` is that subresource of everything.

## Pods in whatever makes them

Policies about pods look into every object that makes some: Kubernetes' own kinds (ReplicationController, PodTemplate and lists of
them too), templates of Argo's workflows (container, script, containerSet, init containers, sidecars, templateDefaults, inline
templates, manifests of resource steps; \`{{…}}\` may name a whole image), EventSource, Sensor and EventBus, Tekton's tasks, pipelines and their runs
(steps with their \`stepTemplate\`, sidecars, what a run says of pods and sizes; \`$(…)\` may name a whole image), applications of the Spark
operator (settings and template of driver and executor, \`sparkConf\`), objects inside of others,
and custom kinds, in which pods are found by their shape: containers in a list, steps with an image, or a container in a field \`container\` or
\`…ContainerTemplate\`. Where a controller fills in what is left out, such as a Sensor's image, leaving it out is no violation; a container without an image in a
custom kind only adds to one of the controller, and is judged by what it says. In a patch of another's
object (\`DeploymentPatch\` and its like) what it sets is judged, and what it leaves out is taken as not known.

## Exceptions

Some things may be done where somebody says why. That is an annotation on the resource, which reviewers see:
\`agentic.io/internet\` and \`agentic.io/all-namespaces\` (a NetworkPolicy), \`agentic.io/api-token\` (a ServiceAccount), \`agentic.io/backup\` (what keeps data).
`;

const podSecurityText = `## Pod Security

Each check that Kubernetes makes of pods in a namespace that enforces Pod Security \`restricted\`, and the policies that refuse what it
refuses. They judge a pod as Kubernetes 1.35 does, which a test holds against the pods of its own tests: what keeps a container in on Linux is not
asked of a pod with \`os.name: windows\`, root is allowed with \`hostUsers: false\`, both only in a whole pod, to which nothing else adds;
annotations for AppArmor count, those for seccomp don't.

${table(
  ["check", "level", "policies"],
  Object.entries(podSecurity).map(([check, { level, policies }]) => [
    code(check),
    level,
    policies.map((name) => `[${code(name)}](#${name})`).join(", "),
  ]),
)}`;

const levels = "Level is what holds without configuration.";

/** The page. */
export function policiesPage(): string {
  const sections = Object.entries(areas).map(([area, title]) => {
    const own = rules.filter((rule) => rule.area === area);
    return `## ${title}\n\n${own.map(section).join("\n")}`;
  });
  return `${introduction}\n${podSecurityText}\n## Catalogue\n\n${rules.length} policies. ${levels}\n\n${overview()}\n${sections.join("\n")}`;
}

function overview(): string {
  const row = (rule: Rule) => [
    `[${code(rule.name)}](#${rule.name})`,
    areas[rule.area],
    rule.severity,
    rule.enforcementLevel,
    "remediateResource" in rule ? "yes" : "",
  ];
  return table(["policy", "about", "severity", "level", "remediate"], rules.map(row));
}

function section(rule: Rule): string {
  const { name, description, remediationSteps, configSchema } = rule;
  const settings = Object.entries(configSchema?.properties ?? {}).filter(([key]) => key !== "except");
  const rows = settings.map(([key, { default: value, description: what }]) => [
    code(key),
    cell(what ?? ""),
    code(JSON.stringify(value)),
  ]);
  return [
    `### ${name}\n\n${description} ${remediationSteps}\n`,
    ...(rows.length > 0 ? [table(["setting", "meaning", "default"], rows)] : []),
  ].join("\n");
}
