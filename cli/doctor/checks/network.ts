// Whether the policies are there that close the platform's and the tenants' namespaces, and none opens them again without a reason.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";
import { pathOf } from "../sight.ts";

interface NetworkPolicy {
  metadata: { name: string; namespace: string; annotations?: Record<string, string> };
  spec: {
    podSelector?: { matchLabels?: object; matchExpressions?: unknown[] };
    policyTypes?: string[];
    ingress?: { from?: unknown[] }[];
    egress?: { to?: unknown[] }[];
  };
}

export const network: Check = {
  name: "network",
  asks: "are namespaces closed to all traffic that isn't asked for?",
  async look(see) {
    const findings: Finding[] = [];
    for (const { name: namespace, labels } of [...see.platform, ...see.tenants]) {
      const level = labels["pod-security.kubernetes.io/enforce"];
      if (Object.keys(labels).length > 0 && level !== "restricted")
        findings.push(
          problem(
            `Namespace ${namespace}`,
            `it lets pods have more than Pod Security's level restricted: enforce is ${level ?? "not set"}`,
            `bring the platform up again, or \`kubectl label ns ${namespace} --overwrite pod-security.kubernetes.io/enforce=restricted\``,
          ),
        );
      const policies = await see.list<NetworkPolicy>(pathOf("networking.k8s.io/v1", "networkpolicies", namespace));
      if (!policies) continue;
      const closed = new Set(policies.filter(isDeny).flatMap(({ spec }) => spec.policyTypes ?? []));
      const open = ["Ingress", "Egress"].filter((way) => !closed.has(way));
      if (open.length > 0)
        findings.push(
          problem(
            `Namespace ${namespace}`,
            `no NetworkPolicy denies what isn't allowed: ${open.join(" and ").toLowerCase()} is open`,
            "bring the platform up again, which makes default-deny: `make up`, or `pulumi up -s <stack>`",
          ),
        );
      findings.push(...policies.filter(isOpen).map(opened));
    }
    return findings;
  },
};

const isOfAllPods = ({ spec: { podSelector = {} } }: NetworkPolicy): boolean =>
  Object.keys(podSelector.matchLabels ?? {}).length === 0 && (podSelector.matchExpressions ?? []).length === 0;

/** Whether it selects all pods and allows nothing. */
const isDeny = (policy: NetworkPolicy): boolean =>
  isOfAllPods(policy) && !policy.spec.ingress?.length && !policy.spec.egress?.length;

/** Whether it lets all pods of the namespace to anywhere, or anybody to them, and says no reason. */
const isOpen = (policy: NetworkPolicy): boolean =>
  isOfAllPods(policy) &&
  policy.metadata.annotations?.[ANNOTATIONS.internet] === undefined &&
  (policy.spec.egress?.some(({ to }) => !to?.length) ||
    policy.spec.ingress?.some(({ from }) => !from?.length) ||
    false);

const opened = ({ metadata: { name, namespace } }: NetworkPolicy): Finding =>
  warning(
    `NetworkPolicy ${namespace}/${name}`,
    "it lets every pod of the namespace talk to anywhere, or anybody to them",
    `delete it, or say in its annotation ${ANNOTATIONS.internet} why it must be so`,
  );
