// What an environment may set: read from the stack's config, checked as a whole, every error at once.
import type { Prices } from "@agentic/api/prices.ts";
import { type Static, Type } from "typebox";
import type { DataProtection } from "../../components/data/protection.ts";
import type { Targets } from "../../components/observability/slo.ts";
import { type AlertingConfig, alertingErrors } from "./alerting.ts";
import { certificateErrors } from "./certificates.ts";
import { buildsImages, type ClusterConfig, clusterConfig, clusterErrors } from "./cluster.ts";
import { type ComponentsConfig, componentErrors, componentsConfig, isOn } from "./components.ts";
import { consoleErrors } from "./console.ts";
import { budgetErrors, type CostConfig, costConfig } from "./cost.ts";
import { dataProtection } from "./data-protection.ts";
import type { ComponentName } from "./declared.ts";
import { eventErrors } from "./events.ts";
import { gkeErrors, hasCloudSql, withGkeDefaults } from "./gke-rules.ts";
import type { GkeConfig } from "./gke-section.ts";
import {
  type ImagePolicyConfig,
  imagePoliciesConfig,
  imagePolicyErrors,
  type TrustRootConfig,
} from "./image-policies.ts";
import { memberErrors } from "./member-rules.ts";
import type { Profile } from "./profile.ts";
import { problems, rawValues } from "./raw.ts";
import { type RotationConfig, rotationConfig, rotationErrors } from "./rotation.ts";
import { type GivenConfig, schema, secretKeys } from "./schema.ts";
import { sloConfig } from "./slo.ts";
import { type TelemetryConfig, telemetryConfig, telemetryErrors } from "./telemetry.ts";
import { type TenantConfig, tenantErrors, tenantsConfig } from "./tenants.ts";

/** A stack's configuration with every default filled in. */
export interface Config {
  cluster: ClusterConfig;
  /** Where cluster.kind is gke. */
  gke?: GkeConfig;
  profile: Profile;
  workflowEngine: Static<typeof schema.workflowEngine>;
  eventEngine: Static<typeof schema.eventEngine>;
  images: { operator: string; agents: string; workflowEngine?: string; eventReceiver?: string; console?: string };
  components: ComponentsConfig;
  imagePolicies: ImagePolicyConfig[];
  trustRoots: TrustRootConfig[];
  /** Full references; empty where any image may run. */
  tenantImages: string[];
  /** RuntimeClass of the agents' and browsers' pods. */
  sandbox?: string;
  dataProtection: DataProtection;
  rotation: RotationConfig;
  /** Percent of good, by objective. */
  slo: Targets;
  cost: CostConfig;
  /** What the costs of workloads are reckoned with: the table with what `cost` replaces. */
  prices: Prices;
  tenants: TenantConfig[];
  telemetry: TelemetryConfig;
  alerting: AlertingConfig;
  llm?: Static<typeof schema.llm>;
  owner: string;
  costCenter: string;
  artifactRetentionDays: number;
}

/**
 * The keys of the project's namespace that are set, each parsed: also unknown ones, which are refused later, but not the secret
 * ones. `all` is every key of the stack with its text, as Pulumi hands it over. Empty objects, lists and texts count as not set:
 * Pulumi.yaml declares them as defaults.
 */
export function rawConfig(project: string, all: Record<string, string>): Record<string, unknown> {
  const texts = Object.entries(schema).flatMap(([name, type]) => (Type.IsString(type) ? [name] : []));
  const values = Object.entries(rawValues(project, { all, secrets: secretKeys, texts }));
  return Object.fromEntries(
    values.filter(
      ([, value]) => value !== "" && (typeof value !== "object" || value === null || Object.keys(value).length > 0),
    ),
  );
}

/** Throws where a secret holds what no header of a request can carry, such as the line break at the end of a file; its value isn't told. */
export function checkSecrets(project: string, all: Record<string, string>): void {
  for (const key of secretKeys)
    if (/[^\x21-\x7e]/.test(all[`${project}:${key}`] ?? ""))
      throw new Error(
        `${project}:${key} has a blank, a line break or another character that no key has: set it again without (pulumi config set --secret ${key})`,
      );
}

/**
 * Checks raw config values and fills the defaults in. `raw` holds each key's parsed value; `hasLlmApiKey` whether the
 * secret is set. Throws one error that lists everything that is wrong, each with its key and what would be right.
 */
export function parseConfig(project: string, raw: Record<string, unknown>, hasLlmApiKey: boolean): Config {
  const errors: string[] = [];
  const broken: string[] = [];
  const known = [...Object.keys(schema), ...secretKeys];
  for (const key of Object.keys(raw))
    if (!known.includes(key)) errors.push(`${project}:${key} is not a key of this program: it has ${known.join(", ")}`);
  for (const [key, type] of Object.entries(schema))
    if (raw[key] !== undefined)
      for (const problem of problems(type, raw[key])) {
        errors.push(`${project}:${key}${problem}`);
        broken.push(key);
      }
  const written = raw as GivenConfig;
  errors.push(
    ...contradictions((path) => `${project}:${path}`, without(written, broken), hasLlmApiKey)
      // Contradictions with a key that is not valid itself are reported once it is.
      .filter((text) => !broken.some((key) => text.includes(`${project}:${key}`))),
  );
  if (errors.length > 0)
    throw new Error(
      `the stack's config has ${errors.length} error${errors.length > 1 ? "s" : ""}:\n${errors.map((line) => `  ${line}`).join("\n")}`,
    );
  const value = withGkeDefaults(written);
  const images = value.images ?? {};
  const { profile = "standard", eventEngine = "argo" } = value;
  return {
    cluster: clusterConfig(value.cluster),
    gke: value.gke,
    profile,
    workflowEngine: value.workflowEngine ?? "argo",
    eventEngine,
    images: { ...images, operator: images.operator ?? "", agents: images.agents ?? "" },
    components: componentsConfig(value),
    imagePolicies: imagePoliciesConfig(value.imagePolicies),
    trustRoots: value.trustRoots ?? [],
    tenantImages: value.tenantImages ?? [],
    sandbox: value.sandbox,
    dataProtection: dataProtection(value.dataProtection, profile),
    rotation: rotationConfig(value.rotation),
    slo: sloConfig(value.slo, profile),
    cost: value.cost ?? {},
    prices: costConfig(value),
    tenants: tenantsConfig(value.tenants, { profile, eventEngine }),
    telemetry: telemetryConfig(value, profile),
    alerting: value.alerting ?? {},
    llm: value.llm,
    owner: value.owner ?? "platform",
    costCenter: value.costCenter ?? "platform",
    artifactRetentionDays: value.artifactRetentionDays ?? 30,
  };
}

function without(value: GivenConfig, keys: readonly string[]): GivenConfig {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** Keys that are valid on their own but contradict each other; `key` writes a config key in full. */
function contradictions(key: (path: string) => string, value: GivenConfig, hasLlmApiKey: boolean): string[] {
  const errors: string[] = [];
  const off = (name: ComponentName) => !isOn(value, name);
  const imageOf = (name: ComponentName) => value.components?.[name]?.image ?? value.components?.[name]?.version;
  const engine = value.workflowEngine ?? "argo";
  const built = buildsImages(value.cluster?.kind);
  for (const image of ["operator", "agents"] as const)
    if (!built && !value.images?.[image] && !(image === "operator" && (off("operator") || imageOf("operator"))))
      errors.push(
        `${key(`images.${image}`)} is missing: give the full reference of the image, such as registry.example.com/platform/${image}@sha256:… (it is built where ${key("cluster.kind")} is kind or k3d)`,
      );
  if (engine === "builtin" && !built && !off("workflows") && !imageOf("workflows") && !value.images?.workflowEngine)
    errors.push(`${key("images.workflowEngine")} is missing: workflowEngine builtin runs from it`);
  if (value.llm && !hasLlmApiKey)
    errors.push(
      `${key("llmApiKey")} is missing: llm names a model that needs it (pulumi config set --secret llmApiKey …)`,
    );
  if (!value.llm && hasLlmApiKey)
    errors.push(`${key("llm")} is missing: llmApiKey is set, but no model that it is for`);
  if (engine === "argo" && !off("workflows") && off("postgres") && !hasCloudSql(value))
    errors.push(
      `${key("components.postgres.enabled")} is false, but Argo keeps its archive there: leave it on, or switch workflows off`,
    );
  return [
    ...errors,
    ...clusterErrors(value.cluster, key),
    ...componentErrors(value, key),
    ...eventErrors(value, off, key),
    ...consoleErrors(value, off, key),
    ...certificateErrors(value, key),
    ...imagePolicyErrors(value, key),
    ...gkeErrors(value, key),
    ...tenantErrors(value.tenants, key),
    ...memberErrors(value, key),
    ...budgetErrors(value, { off, hasLedger: !off("postgres") || hasCloudSql(value) }, key),
    ...rotationErrors(value.rotation, key),
    ...telemetryErrors(value, key),
    ...alertingErrors(value.alerting, telemetryConfig(value, value.profile ?? "standard").mode, key),
  ];
}
