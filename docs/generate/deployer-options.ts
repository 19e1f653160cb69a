// docs/deployer-options.md: what the embedded deployer does with each option of a resource and each argument of a provider.

import { annotations } from "../../embedded/deploy/kubernetes/annotations.ts";
import { providerOptions } from "../../embedded/deploy/options/provider-options.ts";
import { type OptionSupport, resourceOptions } from "../../embedded/deploy/options/resource-options.ts";
import { cell, code, table } from "./markdown.ts";

const fate = ({ does, refusal }: Pick<OptionSupport, "does" | "refusal">) =>
  does === "done" && refusal ? "done, in part" : does;

/** The page. */
export function deployerOptionsPage(): string {
  return `# What the embedded deployer does with options

Generated from \`embedded/deploy/options/\` by \`npm run docs\`: change the tables there, not this page.

\`make up\` and \`make preview\` run the program without the Pulumi CLI. What a program asks for is done as the CLI
and its Kubernetes provider do it, or refused by its name before anything is made; nothing is ignored in silence. Tests hold
these tables against the declarations of @pulumi/pulumi and @pulumi/kubernetes: an option that these learn fails them until it
has its row.

## Options of resources

${table(
  ["option", "", "what happens"],
  Object.entries(resourceOptions).map(([name, option]) => [code(name), fate(option), cell(option.what)]),
)}
## Arguments of kubernetes.Provider

The same names in the stack's config (\`kubernetes:namespace\` and so on), and the environment's variables, hold for resources
that name no provider. \`render\` makes nothing: it takes the namespace and leaves the rest.

${table(
  ["argument", "environment", "", "what happens"],
  Object.entries(providerOptions).map(([name, { env = "", ...option }]) => [
    code(name),
    code(env),
    option.does === "done" && option.refusal ? "done, in part" : option.does,
    cell(option.what),
  ]),
)}
## Annotations of objects

${table(
  ["annotation", "", "what happens"],
  Object.entries(annotations).map(([name, option]) => [code(name), option.does, cell(option.what)]),
)}
## What is waited for

An object is ready when the provider's await logic says so, by kind; \`pulumi.com/waitFor\` says otherwise. The provider waits in
vain, until its time is over, for what the object's own spec holds back. Here that counts as ready: a suspended Job, a paused
Deployment, pods that a partition or \`OnDelete\` keeps at their revision. Whoever wants to wait for it says so with
\`pulumi.com/waitFor\`. A Job that its time to live takes away counts as done. A CustomResourceDefinition is waited for until it
is established. What is unchanged and not ready is waited for, too.

## Pulumi.yaml and the stacks' files

| what | | what happens |
|---|---|---|
| \`name\`, \`main\`, \`runtime\` with \`nodeargs\`, \`stackConfigDir\` | done | As the CLI has it; the runtime must be nodejs. |
| \`config\` | done | Types with their items, defaults and values are checked and applied as by the CLI; keys may be paths (\`servers[0].name\`). A path that leads into a text of the stack's file is an error, where the CLI drops the text. A key that is set with its namespace and without is an error. |
| \`secret\` of a typed key | done | The stack's file must hold it encrypted. |
| \`encryptionsalt\` | done | Secrets of the passphrase provider; other providers' are refused by the key's name. |
| \`environment\` | refused | Pulumi ESC environments can't be opened here. |
| \`backend\`, \`options\`, \`plugins\`, \`packages\`, \`template\`, \`requiredPulumiVersion\` | no effect | They speak to the CLI. The state is in the cluster, and what is there is read in every run. |

A stack is called by its name alone, without an organization or a project before it.
`;
}
