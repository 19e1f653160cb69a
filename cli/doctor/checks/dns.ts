// Whether the cluster's DNS has pods that answer, and the tenants' own resolver where there is one.
import { NAMESPACES } from "@agentic/api/names.ts";
import { SYSTEM_NAMESPACE } from "@agentic/api/system-pods.ts";
import type { Check } from "../check.ts";
import { readyEndpoints } from "../endpoints.ts";
import { type Finding, problem } from "../finding.ts";

const SERVICES = [
  { namespace: SYSTEM_NAMESPACE, name: "kube-dns", isRequired: true },
  // Of tenants whose pods learn no names outside of the cluster.
  { namespace: NAMESPACES.sharedServices, name: "resolver", isRequired: false },
];

export const dns: Check = {
  name: "dns",
  asks: "does the cluster's DNS have pods that answer?",
  async look(see) {
    const findings: Finding[] = [];
    for (const { namespace, name, isRequired } of SERVICES) {
      const ready = await readyEndpoints(see, namespace, name);
      if (ready === undefined || (ready === "none" ? !isRequired : ready > 0)) continue;
      findings.push(
        problem(
          `Service ${namespace}/${name}`,
          "no pod of it is ready: names don't resolve in pods",
          `\`kubectl get pods -n ${namespace}\` shows which pods are not ready, \`kubectl describe pod\` why`,
        ),
      );
    }
    return findings;
  },
};
