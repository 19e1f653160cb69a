// Refuses pods in tenants' namespaces that mount an image as a volume: what is in it runs like what is in the pod's own image.
import { admissionPolicy, tenantsByName } from "@agentic/api/admission.ts";
import { API_GROUP } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

/**
 * A mounted image's files can't be executed, but read by an interpreter in the pod's own image. The policy controller looks
 * at containers alone, and no agent mounts an image, so there is no list of images for it.
 */
export class ImageVolumeAdmission extends pulumi.ComponentResource {
  /** Resources that must exist before the first pod of a tenant. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:ImageVolumeAdmission", name, {}, options);
    const ofImages = "object.spec.?volumes.orValue([]).filter(volume, has(volume.image))";
    const policy = admissionPolicy({
      name: `image-volumes.${API_GROUP}`,
      resources: { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
      // A pod's volumes never change.
      matchConditions: [...tenantsByName, { name: "new", expression: "request.operation == 'CREATE'" }],
      validations: [
        {
          expression: `${ofImages}.size() == 0`,
          messageExpression: `"spec.volumes: " + ${ofImages}.map(volume, volume.name).join(", ") + " would mount an image, which no image policy judges: copy its files into the pod's own image"`,
        },
      ],
    });
    this.ready = enforcePolicy(name, policy, { parent: this });
    this.registerOutputs({});
  }
}
