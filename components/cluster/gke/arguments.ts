// Arguments of a GKE cluster: their defaults, and which combinations are refused.
import type * as pulumi from "@pulumi/pulumi";
import { parseCidr } from "../../gcp/cidr.ts";
import type { GcpScope } from "../../gcp/scope.ts";
import { checkWholeNumbers } from "../../numbers.ts";
import type { PoolSize } from "./node-pools.ts";
import type { PoolName } from "./pools.ts";

/** A named range that may reach the API server. */
export interface AuthorizedNetwork {
  name: string;
  cidr: string;
}

/** A window in which Google may upgrade the cluster. */
export interface MaintenanceWindow {
  /** Hour of the day in UTC at which it begins, 0 to 23. Default 2. */
  startHour?: number;
  /** Its length in hours, 4 to 24. Default 6. */
  hours?: number;
  /** Default Saturday and Sunday: Google wants 48 hours in 32 days. */
  days?: readonly Day[];
}

export const days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Day = (typeof days)[number];

export interface GkeArgs extends GcpScope {
  /** Default `autopilot`, where Google runs the nodes. */
  mode?: "autopilot" | "standard";
  /** Full names of the network and the subnet. */
  network: pulumi.Input<string>;
  subnetwork: pulumi.Input<string>;
  /** Subnet of the API server's internal address. */
  controlPlaneSubnetwork: pulumi.Input<string>;
  /** How the API server is reached. `dns`: by a name, with IAM at the door. Default `dns`. */
  endpoint?: "dns" | "authorized-networks";
  /** Ranges that may reach it, with `endpoint: authorized-networks`. */
  authorizedNetworks?: readonly AuthorizedNetwork[];
  /** Default `regular`. */
  releaseChannel?: "rapid" | "regular" | "stable" | "extended";
  maintenance?: MaintenanceWindow;
  /** Key of the Secrets in the cluster's database; absent: not encrypted by a key of yours. */
  databaseKey?: string;
  /** Key of the disks of nodes; absent: Google's own. */
  diskKey?: string;
  /** Whether images must satisfy the project's Binary Authorization policy. Default true. */
  binaryAuthorization?: boolean;
  /** Google's Prometheus and its metrics; Autopilot always has it. Default true. */
  managedPrometheus?: boolean;
  /** Google's collector of spans in the cluster, for Cloud Trace; from GKE 1.34.1-gke.2178000. Default true. */
  managedOpenTelemetry?: boolean;
  /** Costs by namespace and label in the bill. Default true. */
  costAllocation?: boolean;
  /** Google's own look at the cluster's settings. Default true. */
  securityPosture?: boolean;
  /** The kinds of the Gateway API. Default true. */
  gatewayApi?: boolean;
  /** The agent of Backup for GKE. Default true. */
  backupAgent?: boolean;
  /** Agents on spot nodes. Default true. */
  spot?: boolean;
  /** Agents in GKE Sandbox. Default true. */
  sandbox?: boolean;
  /** Group of Google Groups for RBAC, `gke-security-groups@<domain>`; absent: none. */
  securityGroup?: string;
  /** Sizes of a Standard cluster's pools. */
  pools?: Partial<Record<PoolName, PoolSize>>;
}

/** Throws where arguments contradict each other or one is not valid. */
export function checkGke(args: GkeArgs): void {
  const { endpoint = "dns", authorizedNetworks, maintenance = {}, mode = "autopilot" } = args;
  if (endpoint === "dns" && authorizedNetworks?.length)
    throw new Error("authorizedNetworks: endpoint dns has no use for them: set endpoint to authorized-networks");
  if (endpoint === "authorized-networks") {
    if (!authorizedNetworks?.length)
      throw new Error(
        "authorizedNetworks: is empty, so that nobody could reach the API server: name at least one range",
      );
    for (const [i, { cidr }] of authorizedNetworks.entries()) {
      parseCidr(`authorizedNetworks[${i}].cidr`, cidr);
      if (cidr.endsWith("/0"))
        throw new Error(`authorizedNetworks[${i}].cidr: ${cidr} is the whole internet: name the ranges that need it`);
    }
  }
  const { startHour = 2, hours = 6, days: on = ["SA", "SU"] } = maintenance;
  checkWholeNumbers({ "maintenance.startHour": startHour }, { from: 0, to: 23 });
  checkWholeNumbers({ "maintenance.hours": hours }, { from: 4, to: 24 });
  if (on.length === 0 || on.some((day) => !days.includes(day)))
    throw new Error(`maintenance.days: [${on.join(", ")}] must name at least one of ${days.join(", ")}`);
  if (hours * on.length * 4 < 48)
    throw new Error(
      `maintenance: ${hours} hours on ${on.join(", ")} are less than the 48 in 32 days that Google needs`,
    );
  if (mode === "autopilot" && args.pools)
    throw new Error("pools: Autopilot makes its nodes itself: set mode to standard, or leave pools out");
  if (mode === "autopilot" && args.managedPrometheus === false)
    throw new Error("managedPrometheus: Autopilot always has it: set mode to standard, or leave it on");
  if (args.securityGroup !== undefined && !/^gke-security-groups@[a-z0-9.-]+\.[a-z]+$/.test(args.securityGroup))
    throw new Error(`securityGroup: '${args.securityGroup}' must be gke-security-groups@<your domain>`);
}

/** The window as the cluster takes it. Its date says only when the recurrence begins. */
export function recurringWindow({ startHour = 2, hours = 6, days: on = ["SA", "SU"] }: MaintenanceWindow = {}) {
  const start = new Date(Date.UTC(2026, 0, 3, startHour));
  const end = new Date(start.getTime() + hours * 3_600_000);
  const text = (date: Date) => date.toISOString().replace(".000Z", "Z");
  return { startTime: text(start), endTime: text(end), recurrence: `FREQ=WEEKLY;BYDAY=${on.join(",")}` };
}
