// Keys of a tenant's ConfigMap: what its workloads' templates get, and what its workloads may ask for.
import { OPTIONAL_PARAMETERS, PARAMETERS } from "./template.ts";

/** Data keys of the tenant's ConfigMap that become template parameters. */
export const TENANT_PARAMETERS: readonly string[] = [
  PARAMETERS.bucket,
  PARAMETERS.agentImage,
  PARAMETERS.browserlessUrl,
  PARAMETERS.litellmUrl,
  PARAMETERS.objectStoreUrl,
  PARAMETERS.postgresDsn,
  PARAMETERS.model,
  PARAMETERS.allowedHosts,
  OPTIONAL_PARAMETERS.otlpUrl,
  OPTIONAL_PARAMETERS.tracePrompts,
  OPTIONAL_PARAMETERS.logProject,
];

/** Data keys of the tenant's ConfigMap that say what its workloads may ask for; policy/opa/start.rego decides by them. */
export const TENANT_SETTINGS = {
  /** `manual`: a person approves each workload; `auto`: as the workload says. */
  approvalMode: "approval_mode",
  /** The least threshold of a workload in mode auto, such as `0.95`. */
  minThreshold: "min_threshold",
  /** `strict`: no workload in mode auto has policy permissive; `permissive`: as the workload says. */
  approvalPolicy: "approval_policy",
  /** Templates that its workloads may run, comma-separated. */
  allowedTemplates: "allowed_templates",
  /** Buckets beside its own, comma-separated. */
  allowedBuckets: "allowed_buckets",
  /** Of the workloads that go well, how many percent are traced. Absent: all. */
  tracesPercent: "traces_percent",
} as const;

/** Those of {@link TENANT_SETTINGS} that say who approves, and how strictly: a run's must be the same from its start to its gate. */
export const APPROVAL_SETTINGS: readonly string[] = [
  TENANT_SETTINGS.approvalMode,
  TENANT_SETTINGS.minThreshold,
  TENANT_SETTINGS.approvalPolicy,
];
