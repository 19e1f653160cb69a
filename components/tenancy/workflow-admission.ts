// What a Workflow in a tenant's namespace may say: a reference to a template and its parameters, nothing that reaches
// around the template.
import { AGENT_SERVICE_ACCOUNT, ARGO, LABELS } from "@agentic/api/names.ts";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import * as pulumi from "@pulumi/pulumi";

/** Fields of a Workflow's spec that change nothing about its pods. */
const allowed = [
  "workflowTemplateRef",
  "arguments",
  "serviceAccountName",
  "activeDeadlineSeconds",
  "ttlStrategy",
  "suspend",
  "shutdown",
  "workflowMetadata",
  // Argo's controller writes an empty one.
  "entrypoint",
];

/**
 * Argo's own `Strict` and `Secure` template references still take podSpecPatch, hostNetwork, serviceAccountName and
 * securityContext from the Workflow. An allow-list, checked by the API server itself, has no such holes.
 */
export class WorkflowAdmission extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:WorkflowAdmission", name, {}, options);
    const objectName = `workflows.${LABELS.tenant.split("/")[0]}`;
    const policy = new ValidatingAdmissionPolicy(
      name,
      {
        metadata: { name: objectName },
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            namespaceSelector: { matchExpressions: [{ key: LABELS.tenant, operator: "Exists" }] },
            resourceRules: [
              {
                apiGroups: [ARGO.group],
                apiVersions: [ARGO.version],
                resources: ["workflows"],
                operations: ["CREATE", "UPDATE"],
              },
            ],
          },
          validations: [
            {
              expression: "has(object.spec.workflowTemplateRef)",
              message: "a Workflow in a tenant's namespace must use a template: set spec.workflowTemplateRef",
            },
            {
              expression: `!has(object.spec.serviceAccountName) || object.spec.serviceAccountName == '${AGENT_SERVICE_ACCOUNT}'`,
              message: `spec.serviceAccountName must be ${AGENT_SERVICE_ACCOUNT}: no other account is for workflows`,
            },
            {
              expression: `object.spec.all(field, field in ${JSON.stringify(allowed)})`,
              messageExpression: `"spec." + object.spec.filter(field, !(field in ${JSON.stringify(allowed)})).join(", spec.") + " must not be set: the template decides it; allowed are ${allowed.join(", ")}"`,
            },
          ],
        },
      },
      { parent: this },
    );
    new ValidatingAdmissionPolicyBinding(
      name,
      { metadata: { name: objectName }, spec: { policyName: policy.metadata.name, validationActions: ["Deny"] } },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
