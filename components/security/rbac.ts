// References of role bindings.

/** The role that a binding refers to, in its own namespace for the kind `Role`. */
export function roleRef<Name>(kind: "Role" | "ClusterRole", name: Name) {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name };
}
