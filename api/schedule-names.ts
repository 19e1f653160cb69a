// What a schedule and its workloads agree on, apart from the schemas so that the operator needs no schema library: names, defaults, limits.

/** What is done when a time comes while an earlier workload has not ended. */
export const CONCURRENCY_POLICIES = ["Allow", "Forbid", "Replace"] as const;
export type ConcurrencyPolicy = (typeof CONCURRENCY_POLICIES)[number];

/** Defaults that the CRD fills in. */
export const SCHEDULE_DEFAULTS = { timeZone: "UTC", concurrencyPolicy: "Allow", successful: 3, failed: 1 } as const;

/** The most active workloads that a status names. */
export const MAX_LISTED = 20;

/**
 * The end of the name and of the job id of the workload for a time, milliseconds since the epoch: the same for whoever makes it, so that
 * the API server has one workload a time. In UTC, where no minute comes twice.
 */
export function timeSuffix(time: number): string {
  const [date = "", clock = ""] = new Date(time).toISOString().split("T");
  return `-${date.replaceAll("-", "")}-${clock.slice(0, 5).replace(":", "")}`;
}

/** Characters that a schedule's name and job id leave for {@link timeSuffix}, of the 63 of a label's value. */
export const MAX_SCHEDULE_NAME = 63 - timeSuffix(0).length;
