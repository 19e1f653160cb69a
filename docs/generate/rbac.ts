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

/** One line for each rule of each binding, and for the rules of roles that nobody has yet. */
export function rbacPage(objects: readonly RbacObject[]): string {
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  const bindings = [...of("RoleBinding"), ...of("ClusterRoleBinding")];
  const lines = [...of("Role"), ...of("ClusterRole")].flatMap((role) => {
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
  const sorted = lines.sort((a, b) => (a.join("\0") < b.join("\0") ? -1 : 1));
  return `# Who can do what

The roles of the platform's accounts with a tenant \`demo\`, as the program registers them. No rule has a wildcard; Secrets are
named. A kind without a group is of Kubernetes' core. What a cluster brings along itself isn't here.

${table(["who", "where", "what", "may", "role"], sorted)}`;
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
