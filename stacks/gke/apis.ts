// Which of Google's APIs a stack needs.
import type { Api } from "../../components/gcp/services.ts";
import { type GkeConfig, hasPart } from "../config/gke-section.ts";
import type { TelemetryConfig } from "../config/telemetry.ts";

/** Each API with whether the config has use for it. */
export function apisOf(gke: GkeConfig, telemetry: Pick<TelemetryConfig, "managedCollector">): Api[] {
  const apis: [Api, boolean][] = [
    ["compute", true],
    ["container", true],
    ["dns", true],
    ["iam", true],
    ["logging", true],
    ["monitoring", true],
    ["telemetry", telemetry.managedCollector],
    ["cloudtrace", telemetry.managedCollector],
    ["cloudkms", hasPart(gke, "encryption") || hasPart(gke, "builds")],
    ["storage", hasPart(gke, "artifacts")],
    ["sqladmin", hasPart(gke, "database")],
    ["servicenetworking", hasPart(gke, "database")],
    ["artifactregistry", hasPart(gke, "registry")],
    ["containerscanning", hasPart(gke, "registry") && gke.registry?.scanning !== false],
    ["cloudbuild", hasPart(gke, "builds")],
    ["binaryauthorization", hasPart(gke, "binaryAuthorization")],
    ["secretmanager", hasPart(gke, "externalSecrets")],
    ["pubsub", hasPart(gke, "events")],
    ["bigquery", hasPart(gke, "results")],
    ["bigquerydatatransfer", hasPart(gke, "results")],
    ["gkebackup", hasPart(gke, "backup")],
    ["accesscontextmanager", gke.perimeter !== undefined],
    ["certificatemanager", gke.exposed !== undefined],
  ];
  return apis.flatMap(([api, on]) => (on ? [api] : []));
}
