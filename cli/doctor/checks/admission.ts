// Whether the API server enforces the platform's rules, and whether the webhooks that it asks answer.
import { PLATFORM_POLICIES } from "@agentic/api/platform-policies.ts";
import type { Check } from "../check.ts";
import { readyEndpoints } from "../endpoints.ts";
import { type Finding, problem, warning } from "../finding.ts";
import { pathOf, type Sight } from "../sight.ts";

const API = "admissionregistration.k8s.io/v1";

interface Binding {
  spec: { policyName: string; validationActions?: string[] };
}

interface Webhooks {
  metadata: { name: string };
  webhooks?: {
    name: string;
    failurePolicy?: string;
    clientConfig: { service?: { namespace: string; name: string } };
  }[];
}

export const admission: Check = {
  name: "admission",
  asks: "does the API server enforce the platform's rules?",
  look: async (see) => [...(await policies(see)), ...(await webhooks(see))],
};

async function policies(see: Sight): Promise<Finding[]> {
  const there = await see.list<{ metadata: { name: string } }>(pathOf(API, "validatingadmissionpolicies"));
  const bindings = await see.list<Binding>(pathOf(API, "validatingadmissionpolicybindings"));
  if (!there || !bindings) return [];
  const names = new Set(there.map(({ metadata }) => metadata.name));
  const enforced = new Set(
    bindings.flatMap(({ spec }) => (spec.validationActions?.includes("Deny") ? [spec.policyName] : [])),
  );
  return PLATFORM_POLICIES.flatMap((name) => {
    if (names.has(name) && enforced.has(name)) return [];
    return [
      problem(
        `ValidatingAdmissionPolicy ${name}`,
        names.has(name) ? "no binding enforces it" : "it isn't there: what it would refuse is let through",
        "bring the platform up again, which makes policy and binding: `make up`, or `pulumi up -s <stack>`",
      ),
    ];
  });
}

async function webhooks(see: Sight): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const plural of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"])
    for (const { metadata, webhooks: all = [] } of (await see.list<Webhooks>(pathOf(API, plural))) ?? [])
      for (const { name, failurePolicy = "Fail", clientConfig } of all) {
        const { service } = clientConfig;
        const ready = service && (await readyEndpoints(see, service.namespace, service.name));
        if (!service || ready === undefined || (ready !== "none" && ready > 0)) continue;
        const what = `nobody answers for it: ${service.namespace}/${service.name} has no ready pod`;
        const fix = `\`kubectl get pods -n ${service.namespace}\` shows why; until then what it judges is ${failurePolicy === "Fail" ? "refused" : "let through"}`;
        findings.push((failurePolicy === "Fail" ? problem : warning)(`webhook ${name} of ${metadata.name}`, what, fix));
      }
  return findings;
}
