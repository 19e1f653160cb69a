// Ends of workloads in BigQuery, by a log sink, and a scheduled query that sums them up by day.

import { Dataset } from "@pulumi/gcp/bigquery/dataset.js";
import { DatasetIamMember } from "@pulumi/gcp/bigquery/datasetIamMember.js";
import { DataTransferConfig } from "@pulumi/gcp/bigquery/dataTransferConfig.js";
import { ProjectSink } from "@pulumi/gcp/logging/projectSink.js";
import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface ResultsExportArgs extends GcpScope {
  /** Name of the cluster whose workloads are meant. */
  cluster: string;
  /** Namespace of the operator, and the name of its container. */
  operator: { namespace: string; container: string };
  /** Days that results are kept. Default 365. */
  retentionDays?: number;
  /** When the day's sums are made, as BigQuery takes it. Default `every day 04:00`. */
  schedule?: string;
  /** Key that encrypts the tables; absent: Google's own. */
  kmsKey?: string;
}

/** Phases in which a workload has ended. */
const ends = ["Completed", "Failed", "Denied"];

/**
 * The operator writes one line of JSON at each change of a workload's phase; the sink takes those of the end. BigQuery's
 * own table of the sink is `stdout`, with the line's fields under `jsonPayload`.
 */
export class ResultsExport extends pulumi.ComponentResource {
  /** Full name of the table of daily sums, `project.dataset.table`. */
  readonly dailyTable: string;

  constructor(name: string, args: ResultsExportArgs, options?: pulumi.ComponentResourceOptions) {
    const { retentionDays = 365, schedule = "every day 04:00" } = args;
    checkScope(args);
    checkWholeNumbers({ retentionDays }, { from: 1 });
    if (!/^every [a-z0-9 :]+$/.test(schedule))
      throw new Error(`schedule: '${schedule}' is not a schedule such as 'every day 04:00'`);
    super("agentic:gcp:ResultsExport", name, {}, options);
    const child = { parent: this };
    const { project, region } = args;
    const datasetId = `${args.name.replaceAll("-", "_")}_results`;
    const dataset = new Dataset(
      name,
      {
        project,
        datasetId,
        location: region,
        description: "Ends of AgentWorkloads",
        defaultPartitionExpirationMs: retentionDays * 86_400_000,
        ...(args.kmsKey ? { defaultEncryptionConfiguration: { kmsKeyName: args.kmsKey } } : {}),
        deleteContentsOnDestroy: !args.deletionProtection,
        labels: gcpLabels(args),
      },
      { ...child, protect: args.deletionProtection },
    );
    const sink = new ProjectSink(
      name,
      {
        project,
        name: `${args.name}-results`,
        description: "Ends of AgentWorkloads for BigQuery",
        destination: `bigquery.googleapis.com/projects/${project}/datasets/${datasetId}`,
        filter: [
          'resource.type="k8s_container"',
          `resource.labels.cluster_name="${args.cluster}"`,
          `resource.labels.namespace_name="${args.operator.namespace}"`,
          `resource.labels.container_name="${args.operator.container}"`,
          `jsonPayload.phase=(${ends.map((phase) => `"${phase}"`).join(" OR ")})`,
        ].join(" AND "),
        uniqueWriterIdentity: true,
        bigqueryOptions: { usePartitionedTables: true },
      },
      { ...child, dependsOn: [dataset] },
    );
    const onDataset = (part: string, member: pulumi.Input<string>) =>
      new DatasetIamMember(
        `${name}-${part}`,
        { project, datasetId: dataset.datasetId, role: "roles/bigquery.dataEditor", member },
        child,
      );
    onDataset("sink", sink.writerIdentity);
    const account = new Account(
      `${name}-query`,
      { project, accountId: `${args.name}-results`, displayName: "Scheduled query over the ends of workloads" },
      child,
    );
    const member = `serviceAccount:${args.name}-results@${project}.iam.gserviceaccount.com`;
    const rights = [
      onDataset("query", member),
      new IAMMember(
        `${name}-query`,
        { project, role: "roles/bigquery.jobUser", member },
        { ...child, dependsOn: [account] },
      ),
    ];
    this.dailyTable = `${project}.${datasetId}.daily`;
    new DataTransferConfig(
      `${name}-daily`,
      {
        project,
        location: region,
        displayName: `${args.name}: ends of workloads by day`,
        dataSourceId: "scheduled_query",
        destinationDatasetId: dataset.datasetId,
        schedule,
        serviceAccountName: account.email,
        params: {
          query: dailyQuery(project, datasetId),
          destination_table_name_template: "daily",
          write_disposition: "WRITE_TRUNCATE",
        },
        emailPreferences: { enableFailureEmail: false },
      },
      { ...child, dependsOn: rights },
    );
    this.registerOutputs({ dailyTable: this.dailyTable });
  }
}

/** Ends by day, namespace and phase. A workload's key is `<namespace>/<name>`. */
export function dailyQuery(project: string, dataset: string): string {
  return [
    "SELECT DATE(timestamp) AS day,",
    "  SPLIT(jsonPayload.workload, '/')[SAFE_OFFSET(0)] AS namespace,",
    "  jsonPayload.phase AS phase,",
    "  COUNT(DISTINCT CONCAT(jsonPayload.workload, jsonPayload.jobid)) AS workloads",
    `FROM \`${project}.${dataset}.stdout\``,
    "GROUP BY day, namespace, phase",
  ].join("\n");
}
