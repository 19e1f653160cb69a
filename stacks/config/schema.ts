// The schema of a stack's config: every key with what it may be.
import { type Static, type TSchema, Type } from "typebox";
import { alertingSchema } from "./alerting.ts";
import { clusterSchema } from "./cluster.ts";
import { componentsSchema } from "./components.ts";
import { costSchema } from "./cost.ts";
import { dataProtectionSchema } from "./data-protection.ts";
import { eventEngineSchema } from "./events.ts";
import { closed, dnsLabel, imagePattern, imageRegistryPattern } from "./fields.ts";
import { gkeSchema } from "./gke-section.ts";
import { imagePoliciesSchema, tenantImagesSchema, trustRootsSchema } from "./image-policies.ts";
import { profileSchema } from "./profile.ts";
import { rotationSchema } from "./rotation.ts";
import { sloSchema } from "./slo.ts";
import { telemetrySchema } from "./telemetry.ts";
import { tenantsSchema } from "./tenants.ts";

/** The schema of each config key; the key's namespace is the project's name. */
export const schema = {
  cluster: clusterSchema,
  gke: gkeSchema,
  profile: profileSchema,
  workflowEngine: Type.Union([Type.Literal("argo"), Type.Literal("builtin")], {
    default: "argo",
    description: "Argo Workflows, or the built-in engine where its images can't be had.",
  }),
  eventEngine: eventEngineSchema,
  images: Type.Object(
    {
      operator: Type.Optional(
        Type.String({ pattern: imagePattern, description: "The AgentWorkload operator's; must be set." }),
      ),
      agents: Type.Optional(Type.String({ pattern: imagePattern, description: "Of the agents' steps; must be set." })),
      workflowEngine: Type.Optional(
        Type.String({
          pattern: imagePattern,
          description: "The built-in engine's; must be set with workflowEngine builtin.",
        }),
      ),
      eventReceiver: Type.Optional(
        Type.String({
          pattern: imagePattern,
          description: "The built-in receiver's; must be set with eventEngine builtin.",
        }),
      ),
      console: Type.Optional(
        Type.String({ pattern: imagePattern, description: "The console's; without it there is no console." }),
      ),
    },
    { ...closed, description: "Full references of the platform's own images." },
  ),
  imageRegistry: Type.String({
    pattern: imageRegistryPattern,
    description:
      "Where you publish the platform's own images: registry and path, such as europe-west1-docker.pkg.dev/acme/platform. components.<name>.version is a tag there. Nobody publishes them for you.",
  }),
  components: componentsSchema,
  imagePolicies: imagePoliciesSchema,
  trustRoots: trustRootsSchema,
  tenantImages: tenantImagesSchema,
  sandbox: Type.String({
    pattern: dnsLabel,
    maxLength: 63,
    description:
      "RuntimeClass of the agents' and browsers' pods, such as gvisor, which runs them on a kernel of their own. Without the class they wait. Default: none, and on GKE gke.sandbox says it.",
  }),
  dataProtection: dataProtectionSchema,
  rotation: rotationSchema,
  slo: sloSchema,
  cost: costSchema,
  tenants: tenantsSchema,
  telemetry: telemetrySchema,
  alerting: alertingSchema,
  llm: Type.Object(
    {
      model: Type.String({ description: "As LiteLLM names it, such as openai/gpt-4o." }),
      apiBase: Type.Optional(
        Type.String({ pattern: "^https?://", description: "Where it is served. Default: its provider's address." }),
      ),
    },
    { ...closed, description: "A real model; without it the built-in offline model answers. The key is llmApiKey." },
  ),
  owner: Type.String({ default: "platform", description: "Who answers for the platform." }),
  costCenter: Type.String({ default: "platform", description: "Who pays for the platform." }),
  artifactRetentionDays: Type.Integer({
    minimum: 1,
    maximum: 3650,
    default: 30,
    description: "Days that artifacts are kept.",
  }),
} as const satisfies Record<string, TSchema>;

/** What a stack gives, checked key by key. */
export type GivenConfig = Partial<{ [K in keyof typeof schema]: Static<(typeof schema)[K]> }>;

/** Config keys that hold a secret: they are read as such and never checked in clear. */
export const secretKeys = ["llmApiKey", "consoleClientSecret"] as const;
