// Admission policies as the platform enforces them, on an API server of tests.
import { type admissionPolicy, bindingOf } from "@agentic/api/admission.ts";
import { approvalAdmissionPolicy } from "@agentic/api/approval.ts";
import { editingAdmissionPolicy } from "@agentic/api/editing-admission.ts";
import { gateAdmissionPolicy } from "@agentic/api/gate-admission.ts";
import { workflowAdmissionPolicy } from "@agentic/api/workflow-admission.ts";
import { workloadSizePolicy } from "@agentic/api/workload-admission.ts";
import type { Client } from "@agentic/kube/client/client.ts";

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

/** Makes policies with the bindings that enforce them. */
export async function enforce(
  client: Pick<Client, "create">,
  policies: readonly ReturnType<typeof admissionPolicy>[],
): Promise<void> {
  for (const policy of policies) {
    await client.create(`${ADMISSION}/validatingadmissionpolicies`, policy);
    await client.create(`${ADMISSION}/validatingadmissionpolicybindings`, bindingOf(policy));
  }
}

/** Those about workloads and their runs. */
export const workloadPolicies = () => [
  approvalAdmissionPolicy(),
  editingAdmissionPolicy(),
  gateAdmissionPolicy(),
  workflowAdmissionPolicy(),
  workloadSizePolicy(),
];
