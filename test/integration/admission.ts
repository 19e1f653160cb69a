// Admission policies as the platform enforces them, on an API server of tests.
import { randomUUID } from "node:crypto";
import { admissionPolicy, bindingOf } from "@agentic/api/admission.ts";
import { approvalAdmissionPolicy } from "@agentic/api/approval.ts";
import { editingAdmissionPolicy } from "@agentic/api/editing-admission.ts";
import { gateAdmissionPolicy } from "@agentic/api/gate-admission.ts";
import { schedulePolicies } from "@agentic/api/schedule-admission.ts";
import { workflowAdmissionPolicy } from "@agentic/api/workflow-admission.ts";
import { workloadSizePolicy } from "@agentic/api/workload-admission.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import { until } from "./operator/cluster.ts";

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

/** Makes policies with the bindings that enforce them, and waits until they do. */
export async function enforce(
  client: Pick<Client, "create">,
  policies: readonly ReturnType<typeof admissionPolicy>[],
): Promise<void> {
  for (const policy of policies) await make(client, policy);
  await allInForce(client);
}

/**
 * Waits until every policy that has been made is in force: the server takes all that it has seen into use at once, in their order. So
 * one more that refuses a thing of its own tells of those before it.
 */
export async function allInForce(client: Pick<Client, "create">): Promise<void> {
  const name = `in-force-${randomUUID()}`;
  const probing = admissionPolicy({
    name,
    resources: { apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] },
    operations: ["CREATE"],
    validations: [{ expression: `object.metadata.name != "${name}"` }],
  });
  await make(client, probing);
  await until("the policies in force", async () => {
    const probe = client.create("/api/v1/namespaces/default/configmaps?dryRun=All", { metadata: { name } });
    return await probe.then(
      () => undefined,
      ({ message }: Error) => message.includes(`'${name}'`) || undefined,
    );
  });
}

async function make(client: Pick<Client, "create">, policy: ReturnType<typeof admissionPolicy>): Promise<void> {
  await client.create(`${ADMISSION}/validatingadmissionpolicies`, policy);
  await client.create(`${ADMISSION}/validatingadmissionpolicybindings`, bindingOf(policy));
}

/** Those about workloads, their schedules and their runs. */
export const workloadPolicies = () => [
  approvalAdmissionPolicy(),
  editingAdmissionPolicy(),
  gateAdmissionPolicy(),
  workflowAdmissionPolicy(),
  workloadSizePolicy(),
  ...schedulePolicies(),
];
