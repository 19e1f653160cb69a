// Who did what: audit logs of the services that hold data, kept where nobody can shorten them.
import { ProjectBucketConfig } from "@pulumi/gcp/logging/projectBucketConfig.js";
import { ProjectSink } from "@pulumi/gcp/logging/projectSink.js";
import { IAMAuditConfig } from "@pulumi/gcp/projects/iamauditConfig.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { checkScope, type GcpScope } from "./scope.ts";

export interface AuditLogArgs extends GcpScope {
  /** Days that the logs are kept, 30 to 3650. Default 400: a year and what is looked up after it. */
  retentionDays?: number;
  /**
   * Whether the retention is locked. A locked bucket can't be deleted before its last log is old enough, nor its
   * retention be shortened, ever: a destroy leaves it behind. Default true.
   */
  locked?: boolean;
  /** Services whose reads and writes of data are logged too. */
  dataAccess?: readonly string[];
}

const defaultDataAccess = ["cloudkms", "secretmanager", "storage", "cloudsql"].map((api) => `${api}.googleapis.com`);

/** Data access logs switched on, and a log bucket that takes every audit log. */
export class AuditLog extends pulumi.ComponentResource {
  constructor(name: string, args: AuditLogArgs, options?: pulumi.ComponentResourceOptions) {
    const { retentionDays = 400, locked = true, dataAccess = defaultDataAccess } = args;
    checkScope(args);
    checkWholeNumbers({ retentionDays }, { from: 30, to: 3650 });
    const invalid = dataAccess.find((service) => !/^[a-z]+\.googleapis\.com$/.test(service));
    if (invalid !== undefined)
      throw new Error(`dataAccess: '${invalid}' is not a service name such as storage.googleapis.com`);
    super("agentic:gcp:AuditLog", name, {}, options);
    const { project, region } = args;
    const bucketId = `${args.name}-audit`;
    const bucket = new ProjectBucketConfig(
      name,
      {
        project,
        location: region,
        bucketId,
        description: "Audit logs of the agentic platform's project",
        retentionDays,
        locked,
      },
      // Google refuses to delete a locked bucket: Pulumi only forgets it.
      { parent: this, retainOnDelete: locked },
    );
    new ProjectSink(
      name,
      {
        project,
        name: `${args.name}-audit`,
        description: "Audit logs for the bucket with the locked retention",
        destination: `logging.googleapis.com/projects/${project}/locations/${region}/buckets/${bucketId}`,
        filter:
          'log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/data_access") OR log_id("cloudaudit.googleapis.com/policy") OR log_id("cloudaudit.googleapis.com/system_event")',
        uniqueWriterIdentity: true,
      },
      { parent: this, dependsOn: [bucket] },
    );
    for (const service of dataAccess)
      new IAMAuditConfig(
        `${name}-${service.split(".")[0]}`,
        {
          project,
          service,
          auditLogConfigs: ["ADMIN_READ", "DATA_READ", "DATA_WRITE"].map((logType) => ({ logType })),
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
