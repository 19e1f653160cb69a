// What each profile sets: how many pods a component has and what each of them takes. This table is all of it.
//
// A profile sets no volume's size: Kubernetes replaces a StatefulSet for another one, and from `standard` to `ha` is a
// step that data must not notice.
import { type Static, Type } from "typebox";
import type { Resources } from "../../components/security/pod.ts";
import type { ComponentName } from "./component-values.ts";

export const profileSchema = Type.Union([Type.Literal("minimal"), Type.Literal("standard"), Type.Literal("ha")], {
  default: "standard",
  description: "minimal: a laptop; standard: a team's cluster; ha: every service that can stands in several pods.",
});

export type Profile = Static<typeof profileSchema>;

/** What a profile sets of a component. */
export interface Size {
  /** Pods; components that can't be doubled have one in every profile. */
  replicas: number;
  /** Of each pod's main container. */
  resources: Resources;
}

/** Requests and limits as `cpu memory`, so that the table below can be read as one. */
const size = (replicas: number, requests: string, limits: string): Size => {
  const [cpu = "", memory = ""] = requests.split(" ");
  const [cpuLimit = "", memoryLimit = ""] = limits.split(" ");
  return { replicas, resources: { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } } };
};

export const profiles: Record<Profile, Record<ComponentName, Size>> = {
  minimal: {
    minio: size(1, "50m 256Mi", "1 1Gi"),
    postgres: size(1, "50m 256Mi", "1 1Gi"),
    browserless: size(1, "50m 256Mi", "2 2Gi"),
    litellm: size(1, "50m 512Mi", "2 1Gi"),
    workflows: size(1, "50m 128Mi", "1 512Mi"),
    operator: size(1, "50m 128Mi", "1 256Mi"),
    events: size(1, "20m 64Mi", "500m 256Mi"),
    certificates: size(1, "10m 64Mi", "500m 256Mi"),
    policyController: size(1, "40m 160Mi", "1 512Mi"),
    registry: size(1, "20m 64Mi", "1 512Mi"),
  },
  standard: {
    minio: size(1, "100m 512Mi", "2 2Gi"),
    postgres: size(1, "100m 512Mi", "2 2Gi"),
    browserless: size(1, "250m 512Mi", "2 3Gi"),
    litellm: size(1, "100m 768Mi", "2 2Gi"),
    workflows: size(1, "100m 256Mi", "1 1Gi"),
    operator: size(1, "100m 128Mi", "1 256Mi"),
    events: size(1, "50m 128Mi", "500m 256Mi"),
    certificates: size(1, "20m 128Mi", "500m 256Mi"),
    policyController: size(2, "100m 192Mi", "1 512Mi"),
    registry: size(1, "50m 128Mi", "1 512Mi"),
  },
  ha: {
    // MinIO and Postgres stand on one volume each: what is to survive a zone has GCS and Cloud SQL in their place.
    minio: size(1, "500m 1Gi", "4 4Gi"),
    postgres: size(1, "500m 1Gi", "4 4Gi"),
    browserless: size(3, "500m 1Gi", "2 3Gi"),
    litellm: size(3, "250m 768Mi", "2 2Gi"),
    workflows: size(2, "250m 512Mi", "2 2Gi"),
    operator: size(2, "100m 192Mi", "1 512Mi"),
    events: size(2, "100m 256Mi", "1 512Mi"),
    certificates: size(2, "50m 128Mi", "500m 512Mi"),
    policyController: size(2, "200m 256Mi", "2 1Gi"),
    registry: size(1, "100m 256Mi", "2 1Gi"),
  },
};
