// Roles must not write Endpoints.
import { grantedVerbs, isNamed, type Right, roleRule } from "../../kinds/roles.ts";
import { gather } from "../../unknown.ts";

const verbs = ["create", "update", "patch"];
const targets: readonly Right[] = [
  { group: "", resource: "endpoints", verbs },
  { group: "discovery.k8s.io", resource: "endpointslices", verbs },
];

export const endpoints = roleRule({
  name: "rbac-endpoints",
  severity: "high",
  description:
    "Roles write no Endpoints and EndpointSlices, by which a Service leads into another namespace (CVE-2021-25740).",
  remedy: "Leave create, update and patch of endpoints and endpointslices out: Services with a selector have theirs.",
  check: ({ rule, path }, report) => {
    if (isNamed(rule)) return;
    const found = gather(targets, (right) => (grantedVerbs(rule, right).length > 0 ? [right.resource] : []));
    if (found.length > 0)
      report(`${path}.resources`, `${found.join(", ")} can lead a Service into any namespace`, "leave them out");
  },
});
