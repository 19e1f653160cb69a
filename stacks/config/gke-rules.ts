// Rules of cluster.kind gke: the defaults of other sections that it changes, and settings that contradict each other.
import { DEFAULT_BUCKET, DEFAULT_TENANT } from "@agentic/api/names.ts";
import { checkGke } from "../../components/cluster/gke/arguments.ts";
import { checkDisjoint } from "../../components/gcp/cidr.ts";
import { defaultRanges } from "../../components/gcp/ranges.ts";
import { isOn } from "./components.ts";
import { type GkeConfig, hasPart } from "./gke-section.ts";
import type { GivenConfig } from "./schema.ts";

type Key = (path: string) => string;

/** Whether a stack's cluster is one of Google's. */
function isGke({ cluster }: Pick<GivenConfig, "cluster">): boolean {
  return cluster?.kind === "gke";
}

/** Where the database is outside the cluster, so that Argo's archive needs none inside. */
export function hasCloudSql(value: GivenConfig): boolean {
  return isGke(value) && value.gke !== undefined && hasPart(value.gke, "database");
}

/**
 * The config with the defaults that GKE changes: buckets and Cloud SQL replace MinIO and Postgres, and buckets get names that are
 * unique in Google Cloud. Settings of the stack stay as they are.
 */
export function withGkeDefaults(value: GivenConfig): GivenConfig {
  const { gke, components } = value;
  if (!isGke(value) || !gke) return value;
  const disabledIf = (isOutside: boolean) => (isOutside ? { enabled: false } : {});
  return {
    ...value,
    components: {
      ...components,
      minio: { ...disabledIf(hasPart(gke, "artifacts")), ...components?.minio },
      postgres: { ...disabledIf(hasPart(gke, "database")), ...components?.postgres },
    },
    tenants: hasPart(gke, "artifacts")
      ? (value.tenants ?? [{ name: DEFAULT_TENANT }]).map((tenant) => ({
          bucket: [gke.project, DEFAULT_BUCKET, ...(tenant.name === DEFAULT_TENANT ? [] : [tenant.name])].join("-"),
          ...tenant,
        }))
      : value.tenants,
  };
}

/** What is wrong with the Google Cloud side, by itself and with the rest. */
export function gkeErrors(value: GivenConfig, key: Key): string[] {
  const { gke, cluster, components } = value;
  if (!isGke(value))
    return gke === undefined
      ? []
      : [`${key("gke")} is given, but ${key("cluster.kind")} isn't gke: set it, or leave gke out`];
  if (gke === undefined)
    return [`${key("gke")} is missing: cluster.kind gke needs at least gke.project, gke.projectNumber and gke.region`];
  const errors: string[] = [];
  for (const field of ["kubeconfig", "context", "apiServerCidrs"] as const)
    if (cluster?.[field] !== undefined)
      errors.push(`${key(`cluster.${field}`)} is given, but with kind gke the stack makes the cluster: leave it out`);
  if (value.workflowEngine === "builtin")
    errors.push(`${key("workflowEngine")} is builtin, which can't put agents on nodes of their own: gke needs argo`);
  for (const [component, part, what] of [
    ["minio", "artifacts", "buckets of Cloud Storage"],
    ["postgres", "database", "Cloud SQL"],
  ] as const) {
    const { enabled } = components?.[component] ?? {};
    if (enabled && hasPart(gke, part))
      errors.push(
        `${key(`components.${component}.enabled`)} is true, but gke.${part} replaces it with ${what}: set gke.${part}.enabled to false, or leave it out`,
      );
  }
  return [...errors, ...partErrors(gke, value, key), ...componentErrors(gke, key)];
}

/** Parts of the Google Cloud side that need each other, or something of the platform. */
function partErrors(gke: GkeConfig, value: GivenConfig, key: Key): string[] {
  const errors: string[] = [];
  const needs = (path: string, why: string) => errors.push(`${key(`gke.${path}`)} ${why}`);
  if (hasPart(gke, "events") && (value.eventEngine === "builtin" || value.components?.events?.enabled === false))
    needs("events.enabled", "is true, but only Argo Events reads Pub/Sub: set eventEngine to argo and leave events on");
  if (hasPart(gke, "builds") && !hasPart(gke, "registry"))
    needs("builds.enabled", "is true, but there is no registry to push to: leave gke.registry on");
  if (value.sandbox)
    errors.push(`${key("sandbox")} is given, but on GKE the sandbox is GKE's own: leave it out, and gke.sandbox on`);
  for (const tool of ["docker", "cosign", "syft"] as const)
    if (gke.builds?.source && !gke.builds[tool])
      needs(`builds.${tool}`, "is missing: what builds runs with the right to sign, so name its image by digest");
  if (gke.builds?.database && !gke.builds.grype)
    needs(
      "builds.grype",
      "is missing, but builds.database is for it: name its image by digest, or leave the database out",
    );
  if (hasPart(gke, "externalSecrets") && !hasPart(gke, "database"))
    needs(
      "externalSecrets.enabled",
      "is true, but only Cloud SQL's passwords are in Secret Manager: leave gke.database on",
    );
  if (gke.network?.nat === false && value.tenants?.some(({ egressInternet }) => egressInternet))
    needs("network.nat", "is false, but a tenant has egressInternet: leave one of them out");
  if (gke.network?.nat === false && !hasPart(gke, "registry"))
    needs("network.nat", "is false, so that images come from Artifact Registry only: leave gke.registry on");
  if (gke.exposed?.webhook && value.components?.events?.enabled === false)
    needs("exposed.webhook", "is given, but events are off: leave them on");
  if (gke.exposed?.console && !isOn(value, "console"))
    needs("exposed.console", "is given, but the console is off: leave it on, and say images.console");
  if (gke.exposed?.console && gke.exposed.console === gke.exposed.webhook)
    needs("exposed.console", "is the webhook's host, too: each needs one of its own");
  if (gke.backup?.region && gke.backup.region !== gke.region && hasPart(gke, "encryption"))
    needs(
      "backup.region",
      "is not gke.region, where the keys are: set gke.encryption.enabled to false, or leave it out",
    );
  return errors;
}

/** The components' own checks, so that their errors are reported with all others and before anything is registered. */
function componentErrors(gke: GkeConfig, key: Key): string[] {
  const { nodes, pods, services, controlPlane, managedServices } = { ...defaultRanges, ...gke.network };
  const checks: [string, () => void][] = [
    ["network", () => checkDisjoint({ nodes, pods, services, controlPlane, managedServices })],
    [
      "",
      () =>
        checkGke({
          ...scopeOf(gke),
          ...gke,
          binaryAuthorization: true,
          network: "",
          subnetwork: "",
          controlPlaneSubnetwork: "",
        }),
    ],
  ];
  return checks.flatMap(([path, check]) => {
    try {
      check();
      return [];
    } catch (error) {
      const text = (error as Error).message;
      return [path ? `${key(`gke.${path}`)}.${text}` : `${key("gke")}.${text}`];
    }
  });
}

/** The fields that all resources share; owner and cost center are the stack's. */
export function scopeOf(gke: GkeConfig, { owner = "platform", costCenter = "platform" } = {}) {
  const { project, projectNumber, region, name = "agentic", deletionProtection = true } = gke;
  return { project, projectNumber, region, name, owner, costCenter, deletionProtection };
}
