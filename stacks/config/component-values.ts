// The settings of each component that `components.<name>.values` takes: a closed list, so that no override can open what is
// closed. What a setting is by default stands here, once; units are in the names.
import { type TObject, Type } from "typebox";
import { closed, imagePattern, policyCidr } from "./fields.ts";

const whole = (minimum: number, maximum: number, byDefault: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, default: byDefault, description }));

/** Bytes as Postgres writes them. */
const postgresSize = (byDefault: string, description: string) =>
  Type.Optional(Type.String({ pattern: "^[1-9]\\d{0,5}(kB|MB|GB)$", default: byDefault, description }));

const image = (description: string) => Type.Optional(Type.String({ pattern: imagePattern, description }));

/** A component without settings of its own. */
const noValues = Type.Object({}, closed);

export const componentValues = {
  minio: Type.Object(
    {
      console: Type.Optional(Type.Boolean({ default: true, description: "Whether it has its page for people." })),
      compression: Type.Optional(
        Type.Boolean({
          default: false,
          description: "Whether text is compressed on the volume: less space, more CPU.",
        }),
      ),
    },
    closed,
  ),
  postgres: Type.Object(
    {
      maxConnections: whole(20, 1000, 100, "Connections of all clients together."),
      sharedBuffers: postgresSize("128MB", "Cache of its own; about a quarter of its memory."),
      workMemory: postgresSize("4MB", "What one sort or hash takes before it goes to the volume."),
      statementTimeoutSeconds: whole(0, 3600, 0, "Ends statements that take longer; 0 never does."),
      slowStatementMilliseconds: whole(1, 600_000, 1000, "Logs statements that take longer."),
    },
    closed,
  ),
  browserless: Type.Object(
    {
      concurrency: whole(1, 50, 2, "Browsers at once in each pod; each takes some 200 MiB."),
      queue: whole(1, 1000, 20, "Requests that wait in each pod before others are turned away (429)."),
      timeoutSeconds: whole(1, 900, 60, "What one session may take."),
    },
    closed,
  ),
  litellm: Type.Object(
    {
      requestsPerMinute: whole(1, 100_000, 600, "Of each tenant."),
      retries: whole(0, 10, 2, "Times that a call of the model is tried again."),
      timeoutSeconds: whole(1, 900, 120, "What one call of the model may take."),
      cacheSeconds: whole(0, 86_400, 600, "How long an answer is given again to the same question; 0 never."),
    },
    closed,
  ),
  workflows: Type.Object(
    {
      parallelism: whole(1, 10_000, 100, "Workflows at once in the whole cluster. Argo only."),
      namespaceParallelism: whole(1, 10_000, 50, "Workflows at once in one namespace. Argo only."),
      archiveDays: whole(1, 3650, 30, "How long finished workflows stay in the archive. Argo only."),
      controllerImage: image("Argo's workflow-controller. Default: upstream's."),
      executorImage: image("Argo's argoexec. Default: upstream's."),
      serverImage: image("Argo's argocli, which is its server. Default: upstream's."),
    },
    closed,
  ),
  operator: Type.Object(
    {
      workers: whole(1, 256, 8, "Workloads worked on at once."),
      policyTimeoutMilliseconds: whole(10, 60_000, 2000, "What one question to the policy engine may take."),
      logLevel: Type.Optional(
        Type.Union(
          (["trace", "debug", "info", "warn", "error"] as const).map((level) => Type.Literal(level)),
          { default: "info", description: "What it writes to its log." },
        ),
      ),
    },
    closed,
  ),
  events: noValues,
  policyController: Type.Object(
    {
      noMatch: Type.Optional(
        Type.Union(
          (["deny", "warn", "allow"] as const).map((level) => Type.Literal(level)),
          { default: "deny", description: "What becomes of an image that no policy is about." },
        ),
      ),
      internet: Type.Optional(
        Type.Boolean({ default: true, description: "Whether it may ask registries and Sigstore on the internet." }),
      ),
      disableTuf: Type.Optional(
        Type.Boolean({
          default: false,
          description: "Whether it does without Sigstore's roots of trust from the internet: then only keys count.",
        }),
      ),
      timeoutSeconds: whole(1, 30, 10, "After which a pod without an answer is refused."),
    },
    closed,
  ),
  registry: Type.Object(
    {
      nodeCidrs: Type.Optional(
        Type.Array(Type.String({ pattern: policyCidr }), {
          minItems: 1,
          description:
            "Addresses of the nodes, which pull from it. Default: the API server's, as where both are one machine.",
        }),
      ),
    },
    closed,
  ),
  certificates: Type.Object(
    {
      install: Type.Optional(
        Type.Boolean({
          default: true,
          description:
            "Whether cert-manager is installed; false where the cluster has one, in its namespace cert-manager.",
        }),
      ),
      days: whole(2, 825, 90, "How long a certificate is good for."),
      renewDays: whole(1, 800, 30, "How long before its end it is renewed."),
    },
    closed,
  ),
} as const satisfies Record<string, TObject>;

/** Name of a component that a stack can switch off or change, as its config has it. */
export type ComponentName = keyof typeof componentValues;
