// An allow-list of the images in tenants' namespaces, which the API server itself enforces, without a webhook.
import { admissionPolicy, tenantsByName } from "@agentic/api/admission.ts";
import { API_GROUP } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

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
    const allowed = JSON.stringify(images);
    const policy = admissionPolicy({
      name: `images.${API_GROUP}`,
      resources: { apiGroups: [""], apiVersions: ["v1"], resources: ["pods", "pods/ephemeralcontainers"] },
      matchConditions: tenantsByName,
      validations: containers.map((field) => ({
        expression: `!has(object.spec.${field}) || object.spec.${field}.all(c, c.image in ${allowed})`,
        messageExpression: `"spec.${field}: " + object.spec.${field}.filter(c, !(c.image in ${allowed})).map(c, c.image).join(", ") + " may not run in a tenant's namespace: allowed are ${images.join(", ")}"`,
      })),
    });
    this.ready = enforcePolicy(name, policy, { parent: this });
    this.registerOutputs({});
  }
}
