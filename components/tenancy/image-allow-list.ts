// An allow-list of the images in tenants' namespaces, which the API server itself enforces, without a webhook.
import { tenantsByName } from "@agentic/api/admission.ts";
import { LABELS } from "@agentic/api/names.ts";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import * as pulumi from "@pulumi/pulumi";

export interface ImageAllowListArgs {
  /** Full references, as a pod names them. A pod may name no other image. */
  images: readonly string[];
}

const containers = ["containers", "initContainers", "ephemeralContainers"];

/** Refuses pods, and ephemeral containers of pods, with any other image. */
export class ImageAllowList extends pulumi.ComponentResource {
  /** Resources that must exist before the first pod of a tenant. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, { images }: ImageAllowListArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:ImageAllowList", name, {}, options);
    const objectName = `images.${LABELS.tenant.split("/")[0]}`;
    const allowed = JSON.stringify(images);
    const policy = new ValidatingAdmissionPolicy(
      name,
      {
        metadata: { name: objectName },
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: [""],
                apiVersions: ["v1"],
                resources: ["pods", "pods/ephemeralcontainers"],
                operations: ["CREATE", "UPDATE"],
              },
            ],
          },
          matchConditions: tenantsByName,
          validations: containers.map((field) => ({
            expression: `!has(object.spec.${field}) || object.spec.${field}.all(c, c.image in ${allowed})`,
            messageExpression: `"spec.${field}: " + object.spec.${field}.filter(c, !(c.image in ${allowed})).map(c, c.image).join(", ") + " may not run in a tenant's namespace: allowed are ${images.join(", ")}"`,
          })),
        },
      },
      { parent: this },
    );
    const binding = new ValidatingAdmissionPolicyBinding(
      name,
      { metadata: { name: objectName }, spec: { policyName: policy.metadata.name, validationActions: ["Deny"] } },
      { parent: this },
    );
    this.ready = [policy, binding];
    this.registerOutputs({});
  }
}
