// docs/rbac.md: who can do what in the cluster, from the roles and bindings that the program registers.
import { cell, table } from "./markdown.ts";

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}

/** A role or a binding of a role. */
export interface RbacObject {
  kind?: string;
  metadata?: { name: string; namespace?: string };
  rules?: Rule[];
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

/** The page of what several programs register: one line for each right. */
export function rbacPage(...programs: readonly (readonly RbacObject[])[]): string {
  const lines = new Map(programs.flatMap(rightsOf).map((line) => [line.join("\0"), line]));
  const sorted = [...lines.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
  return `# Who can do what

The roles of the platform's accounts with a tenant \`demo\`, as the program registers them with either engine of workflows and of
events. No rule has a wildcard; Secrets are named but where the table shows them without a name. A kind without a group is of
Kubernetes' core. What a cluster brings along itself isn't here, nor what cert-manager's chart gives cert-manager.

${table(["who", "where", "what", "may", "role"], sorted)}`;
}

/** One line for each rule of each binding, and for the rules of roles that nobody has yet. */
function rightsOf(objects: readonly RbacObject[]): string[][] {
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  const bindings = [...of("RoleBinding"), ...of("ClusterRoleBinding")];
  return [...of("Role"), ...of("ClusterRole")].flatMap((role) => {
    const { name = "", namespace } = role.metadata ?? {};
    const holders = bindings.filter(
      ({ roleRef, metadata }) =>
        roleRef?.kind === role.kind && roleRef?.name === name && (!namespace || metadata?.namespace === namespace),
    );
    const grants = holders.length > 0 ? holders.map(grantOf) : [["nobody until a binding names them", namespace]];
    return grants.flatMap(([who = "", where = "the whole cluster"]) =>
      (role.rules ?? []).map((rule) => [who, where, whatOf(rule), rule.verbs.join(", "), name].map(cell)),
    );
  });
}

function grantOf({ subjects = [], metadata, kind }: RbacObject): (string | undefined)[] {
  const who = subjects.map(({ name, namespace }) => (namespace ? `${namespace}/${name}` : name)).join(", ");
  return [who, kind === "RoleBinding" ? metadata?.namespace : undefined];
}

function whatOf({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule): string {
  const kinds = resources.flatMap((resource) => apiGroups.map((group) => (group ? `${resource}.${group}` : resource)));
  const names = resourceNames.length > 0 ? ` named ${resourceNames.join(", ")}` : "";
  return [...kinds, ...nonResourceURLs].join(", ") + names;
}
