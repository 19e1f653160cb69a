// docs/kubeconfig.md: every field of a kubeconfig and what it does here, from the table that the reader checks by.
import { type Field, type FieldPart, fields } from "../../kube/kubeconfig/fields.ts";
import { cell, code, table } from "./markdown.ts";

const parts: Record<FieldPart, string> = {
  context: "A context (`contexts[].context`)",
  cluster: "A cluster (`clusters[].cluster`)",
  user: "A user (`users[].user`)",
  exec: "A credential plugin (`users[].user.exec`)",
};

export function kubeconfigPage(): string {
  return `# Kubeconfigs

Generated from the reader's own table by \`npm run docs\`: change \`kube/kubeconfig/fields.ts\`, not this page. One reader
([@agentic/kube](../kube/README.md)) serves the built-in deployer, the stack's program, the operator, the workflow engine and the event
receiver.

## Which file

| who | which kubeconfig |
|---|---|
| deployer | \`--kubeconfig\`, or the provider's (a path or the content); else \`KUBECONFIG\`, else \`~/.kube/config\`, else, in a pod, its service account |
| stack with \`cluster.kind: existing\` | \`cluster.kubeconfig\`, else \`KUBECONFIG\`, else \`~/.kube/config\`; always the context that \`cluster.context\` names |
| operator, engine, receiver | \`KUBECONFIG\`, else the pod's service account, else \`~/.kube/config\` |

Files are YAML or JSON, with or without a byte order mark. \`KUBECONFIG\` may name several, and those that don't exist are skipped: the first
that has a name, or says \`current-context\`, wins, as in kubectl, and entries are never mixed. Paths in a file are relative to its folder. A name twice
in one file is an error.

"", null and empty lists count as absent. Unlike in kubectl, an unknown field is an error: it may limit what is allowed, and be misspelt or newer
than this reader. Credentials go over plain HTTP only on loopback; kubectl leaves them out there.

## Which proxy

The cluster's \`proxy-url\`; without one, \`HTTPS_PROXY\` for a server by https and \`HTTP_PROXY\` for one by http, as kubectl has it, in a pod too.
\`https_proxy\` and \`http_proxy\` win over them. \`NO_PROXY\` (or \`no_proxy\`) leaves servers out, by commas: \`*\` for all, an address, a range such as
\`10.0.0.0/8\`, a domain with its subdomains, \`.domain\` for those alone; an address or a domain may have a port (\`api.test:6443\`). \`localhost\`
and addresses of loopback never get a proxy from the environment. A value that isn't a proxy is an error, where kubectl ignores it.

## Fields

${Object.entries(parts)
  .map(([part, title]) => `### ${title}\n\n${table(["Field", "Type", "", "What it does"], rows(part as FieldPart))}`)
  .join("\n")}
## For other machines

The stack's output \`kubeconfig\` holds one context and no reference to a file: certificates and keys stand in it, and the token that a
\`tokenFile\` holds at that moment. A credential plugin stays if it is found by \`PATH\`. A plugin by its path, and a proxy on loopback, are only on
this machine: then the output is empty, and a warning names the field.
`;
}

const rows = (part: FieldPart): string[][] =>
  fields
    .filter((field) => field.part === part)
    .map((field) => [code(field.name), typeOf(field), field.outcome, cell(field.description)]);

const typeOf = ({ type, file }: Field): string => (file ? "path" : type);
