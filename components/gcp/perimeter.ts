// VPC Service Controls: data of the project can't be copied to another project, whoever's credentials are used.
import { ServicePerimeter } from "@pulumi/gcp/accesscontextmanager/servicePerimeter.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope } from "./scope.ts";

export interface PerimeterArgs extends GcpScope {
  /** Number of the organisation's access policy. */
  accessPolicy: string;
  /** Full names of access levels of those who may come in from outside: operators, Cloud Build, CI. */
  accessLevels?: readonly string[];
  /** `dry-run` logs what it would refuse; look at that before you enforce. Default `dry-run`. */
  mode?: "dry-run" | "enforced";
}

/** Services that keep or move the platform's data. */
export const restrictedServices = [
  "artifactregistry",
  "bigquery",
  "cloudkms",
  "cloudtrace",
  "container",
  "gkebackup",
  "logging",
  "pubsub",
  "secretmanager",
  "sqladmin",
  "storage",
  "telemetry",
].map((api) => `${api}.googleapis.com`);

/** A perimeter around the platform's project. */
export class Perimeter extends pulumi.ComponentResource {
  constructor(name: string, args: PerimeterArgs, options?: pulumi.ComponentResourceOptions) {
    const { accessLevels = [], mode = "dry-run" } = args;
    checkScope(args);
    if (!/^\d{6,20}$/.test(args.accessPolicy))
      throw new Error(
        `accessPolicy: '${args.accessPolicy}' is not a number: gcloud access-context-manager policies list`,
      );
    const invalid = accessLevels.find((level) => !/^accessPolicies\/\d+\/accessLevels\/\w+$/.test(level));
    if (invalid !== undefined)
      throw new Error(
        `accessLevels: '${invalid}' is not an access level such as accessPolicies/123456/accessLevels/operators`,
      );
    super("agentic:gcp:Perimeter", name, {}, options);
    const short = args.name.replaceAll("-", "_");
    const rules = {
      resources: [`projects/${args.projectNumber}`],
      restrictedServices,
      accessLevels: [...accessLevels],
      vpcAccessibleServices: { enableRestriction: true, allowedServices: ["RESTRICTED-SERVICES"] },
    };
    new ServicePerimeter(
      name,
      {
        parent: `accessPolicies/${args.accessPolicy}`,
        name: `accessPolicies/${args.accessPolicy}/servicePerimeters/${short}`,
        title: short,
        description: "The agentic platform's project",
        perimeterType: "PERIMETER_TYPE_REGULAR",
        ...(mode === "enforced" ? { status: rules } : { spec: rules, useExplicitDryRunSpec: true }),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
