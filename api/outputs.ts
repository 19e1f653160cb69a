// The contract of the platform stack's outputs: one schema for the types, the check at run time and docs/outputs.md.
import { type Static, Type } from "typebox";
import { TemplateSchema } from "./catalogue.ts";
import { schemaErrors } from "./schema-errors.ts";

/**
 * Version of the contract, `major.minor`. A field is taken away or changes its meaning only with another major number; a
 * new one raises the minor number. A reader needs the same major and at least the minor that it was written for.
 */
export const CONTRACT_VERSION = "1.1";

const Quota = Type.Object(
  {
    cpu: Type.String({ description: "Cores of all pods' limits together." }),
    memory: Type.String({ description: "Memory of all pods' limits together." }),
    pods: Type.Integer({ description: "Pods at a time." }),
  },
  { description: "The most that its namespace may use." },
);

const Tenant = Type.Object({
  name: Type.String({ description: "The tenant's name." }),
  namespace: Type.String({ description: "Where its AgentWorkloads live and run." }),
  external: Type.Boolean({
    description: "true: its namespace is made by its own team's stack (the client's Tenant); false: by this stack.",
  }),
  owner: Type.String({ description: "Who answers for it." }),
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
        description: "The checkpoints' server; each tenant's `postgres_dsn` has its own role and database.",
      }),
    ),
    webhook: Type.Optional(
      Type.String({ description: "Where events that start workloads are posted: /document and /workload." }),
    ),
    eventTopic: Type.Optional(Type.String({ description: "GKE: Pub/Sub topic whose messages start workloads." })),
    registry: Type.Optional(Type.String({ description: "GKE: what the names of our own images begin with." })),
    imageSigningKey: Type.Optional(Type.String({ description: "GKE: KMS key that signs them, as cosign names it." })),
  },
  { description: "URLs inside the cluster, of the services that are there, and what there is beside it." },
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
    { description: "Where artifacts lie." },
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
    { description: "The resource that workloads are." },
  ),
  dashboards: Type.Record(Type.String(), Type.String(), {
    description: "URLs inside the cluster of pages for people, by what they show; kubectl port-forward leads there.",
  }),
  kubeconfig: Type.String({
    description:
      "Kubeconfig (JSON, one context) with the rights that the stack was deployed with. Empty where the program ran without a cluster.",
    ...secret,
  }),
  tenantKubeconfigs: Type.Record(Type.String(), Type.String(), {
    description:
      "By tenant: a kubeconfig of the tenant's service account `tenant-user`, which may make, read and delete AgentWorkloads in its namespace and read its Workflows, templates, events and pods' logs, and nothing else. External tenants have theirs from the client's Tenant.",
    ...secret,
  }),
  tenantGrants: Type.Record(Type.String(), Type.Object({ tenant: Type.String() }, { additionalProperties: true }), {
    description:
      "By external tenant: what the client's Tenant makes its namespace of: settings, and credentials for the shared services. For that component only: its fields are not part of the contract.",
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
 * Why a program that supports the version `supported` can't read outputs of the version `found`, with what to do about it;
 * undefined where it can.
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

/** What in outputs differs from the contract, each with its path; what a later minor version added is no difference. */
export function outputErrors(outputs: unknown): string[] {
  return schemaErrors(OutputsSchema, outputs).map(
    ({ instancePath, message }) => `${instancePath.slice(1).replaceAll("/", ".") || "outputs"}: ${message}`,
  );
}
