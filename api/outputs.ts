// The contract of the platform stack's outputs: one schema for the types, the check at run time and docs/outputs.md.
import { type Static, Type } from "typebox";
import { TemplateSchema } from "./catalogue.ts";
import { schemaErrors } from "./schema-errors.ts";

/**
 * Version of the contract, `major.minor`. Removing a field, or changing its meaning, raises the major number; a
 * new one raises the minor number. A reader needs the same major and at least the minor that it was written for.
 */
export const CONTRACT_VERSION = "1.2";

const Quota = Type.Object(
  {
    cpu: Type.String({ description: "CPU limits of all its pods together." }),
    memory: Type.String({ description: "Memory limits of all its pods together." }),
    pods: Type.Integer({ description: "Pods at a time." }),
  },
  { description: "Quota of its namespace." },
);

const Tenant = Type.Object({
  name: Type.String({ description: "The tenant's name." }),
  namespace: Type.String({ description: "Namespace of its AgentWorkloads and their runs." }),
  external: Type.Boolean({
    description: "true: the team's own stack makes the namespace (the client's Tenant); false: this stack makes it.",
  }),
  owner: Type.String({ description: "The team that is responsible for it." }),
  costCenter: Type.String({ description: "Who pays for it." }),
  serviceAccount: Type.String({ description: "Account that its workflows' pods run as." }),
  bucket: Type.String({ description: "Its bucket for artifacts." }),
  artifactPrefix: Type.String({ description: "Key prefix of a workload's artifacts; {jobId} stands for its job id." }),
  quota: Quota,
});

const Endpoints = Type.Object(
  {
    objectStore: Type.Optional(Type.String({ description: "The object store's S3 API." })),
    browser: Type.Optional(Type.String({ description: "The browser service, CDP over WebSocket." })),
    modelGateway: Type.Optional(Type.String({ description: "The model gateway, OpenAI's API." })),
    postgres: Type.Optional(
      Type.String({
        description: "The database server for checkpoints; each tenant's `postgres_dsn` has its own role and database.",
      }),
    ),
    webhook: Type.Optional(
      Type.String({
        description: "URL of the webhook that starts workloads: POST /<tenant>/document and /<tenant>/workload.",
      }),
    ),
    console: Type.Optional(
      Type.String({ description: "GKE: where browsers outside find the console, by gke.exposed.console." }),
    ),
    eventTopic: Type.Optional(Type.String({ description: "GKE: Pub/Sub topic whose messages start workloads." })),
    registry: Type.Optional(Type.String({ description: "GKE: prefix of the names of the platform's own images." })),
    imageSigningKey: Type.Optional(
      Type.String({ description: "GKE: KMS key that signs the platform's own images, as cosign names it." }),
    ),
  },
  { description: "URLs of the services inside the cluster that exist, and the cloud's resources." },
);

const secret = { secret: true } as const;

/** Every output of the platform's stack. A `secret: true` marks those that Pulumi keeps encrypted. */
export const OutputsSchema = Type.Object({
  contractVersion: Type.String({
    pattern: "^\\d+\\.\\d+$",
    description: "Version of this contract: the same major number and no lower minor one is compatible.",
  }),
  platformVersion: Type.String({ description: "Version of the platform's release." }),
  workflowEngine: Type.Enum(["argo", "builtin"], { description: "What runs the Workflows." }),
  namespaces: Type.Array(Type.String(), { description: "The platform's own namespaces." }),
  tenants: Type.Array(Tenant, { description: "The teams that share the platform." }),
  endpoints: Endpoints,
  artifacts: Type.Object(
    {
      bucket: Type.String({ description: "The first tenant's bucket, which Argo's own artifacts go to." }),
      retentionDays: Type.Integer({ description: "Days that artifacts are kept." }),
    },
    { description: "Where artifacts are kept." },
  ),
  templates: Type.Array(TemplateSchema, {
    description: "The catalogue: every WorkflowTemplate that each tenant's namespace has, with its parameters.",
  }),
  crd: Type.Object(
    {
      name: Type.String({ description: "Name of the CustomResourceDefinition." }),
      apiVersion: Type.String({ description: "apiVersion of AgentWorkload objects." }),
      kind: Type.String({ description: "kind of AgentWorkload objects." }),
    },
    { description: "The custom resource of workloads." },
  ),
  dashboards: Type.Record(Type.String(), Type.String(), {
    description: "URLs inside the cluster of web pages for people, by subject; reach them by kubectl port-forward.",
  }),
  kubeconfig: Type.String({
    description:
      "Kubeconfig (JSON, one context) with the rights that the stack was deployed with. Empty if the program ran without a cluster.",
    ...secret,
  }),
  tenantKubeconfigs: Type.Record(Type.String(), Type.String(), {
    description:
      "By tenant: a kubeconfig of the tenant's service account `tenant-user`, which may make, read and delete AgentWorkloads in its namespace and read its Workflows, templates, events and pods' logs, and nothing else. External tenants have theirs from the client's Tenant.",
    ...secret,
  }),
  tenantGrants: Type.Record(Type.String(), Type.Object({ tenant: Type.String() }, { additionalProperties: true }), {
    description:
      "By external tenant: the settings and the credentials for shared services that the client's Tenant makes its namespace of. For that component only: its fields are not part of the contract.",
    ...secret,
  }),
});

/** The outputs as another stack gets them. */
export type PlatformOutputs = Static<typeof OutputsSchema>;

/** Names of the outputs that are secrets. */
export const SECRET_OUTPUTS = Object.entries(OutputsSchema.properties)
  .filter(([, schema]) => "secret" in schema)
  .map(([name]) => name) as readonly (keyof PlatformOutputs)[];

/**
 * Why a program that supports the version `supported` can't read outputs of the version `found`, and what to do about it;
 * undefined if it can.
 */
export function versionError(found: unknown, supported: string = CONTRACT_VERSION): string | undefined {
  const [major = 0, minor = 0] = supported.split(".").map(Number);
  if (found === undefined)
    return `it has no output contractVersion: it is not a platform's stack, or it has never been brought up (pulumi up)`;
  const match = /^(\d+)\.(\d+)$/.exec(String(found));
  if (!match) return `its contractVersion is '${String(found)}', which is not a version such as ${supported}`;
  const [theirMajor, theirMinor] = [Number(match[1]), Number(match[2])];
  const versions = `its outputs have version ${found}, this client needs ${major}.${minor} or a later ${major}.x`;
  if (theirMajor > major)
    return `${versions}: update @agentic/platform-client to the release that came with that platform (its major version ${theirMajor})`;
  if (theirMajor < major || theirMinor < minor)
    return `${versions}: upgrade the platform's stack, or use the @agentic/platform-client of the platform's own release`;
  return undefined;
}

/** Every difference between outputs and the contract, with its path; fields of a later minor version are allowed. */
export function outputErrors(outputs: unknown): string[] {
  return schemaErrors(OutputsSchema, outputs).map(
    ({ instancePath, message }) => `${instancePath.slice(1).replaceAll("/", ".") || "outputs"}: ${message}`,
  );
}
