// The APIs of Google Cloud that the platform's parts ask for.
import { Service } from "@pulumi/gcp/projects/service.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope } from "./scope.ts";

/** Names of APIs, without their common end. */
export type Api =
  | "accesscontextmanager"
  | "aiplatform"
  | "artifactregistry"
  | "bigquery"
  | "bigquerydatatransfer"
  | "binaryauthorization"
  | "certificatemanager"
  | "cloudbuild"
  | "cloudkms"
  | "cloudtrace"
  | "compute"
  | "container"
  | "containeranalysis"
  | "containerscanning"
  | "dns"
  | "gkebackup"
  | "iam"
  | "logging"
  | "monitoring"
  | "pubsub"
  | "secretmanager"
  | "servicenetworking"
  | "sqladmin"
  | "storage"
  | "telemetry";

export interface ProjectServicesArgs extends GcpScope {
  apis: readonly Api[];
}

/** Switches APIs on; they stay on after a destroy, as others in the project may use them by then. */
export class ProjectServices extends pulumi.ComponentResource {
  constructor(name: string, args: ProjectServicesArgs, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    if (args.apis.length === 0) throw new Error("apis: is empty: name the APIs to switch on");
    super("agentic:gcp:ProjectServices", name, {}, options);
    for (const api of [...new Set(args.apis)].sort())
      new Service(
        `${name}-${api}`,
        { project: args.project, service: `${api}.googleapis.com`, disableOnDestroy: false },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
