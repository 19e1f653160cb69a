// The settings of each component that `components.<name>.values` takes: a closed list, so that no override can open what is
// closed. What a setting is by default stands here, once; units are in the names.
import { type TObject, Type } from "typebox";
import { closed, dnsLabel, imagePattern, policyCidr, text, wholeNumber } from "./fields.ts";

/** Bytes as Postgres writes them. */
const postgresSize = (byDefault: string, description: string) =>
  Type.Optional(Type.String({ pattern: "^[1-9]\\d{0,5}(kB|MB|GB)$", default: byDefault, description }));

/** The https URL of a host by its name, with a port and a path if it has some. */
const ISSUER =
  "^https://([A-Za-z0-9](-?[A-Za-z0-9])*\\.)*[A-Za-z](-?[A-Za-z0-9])*(:[1-9]\\d{0,3}|:[1-5]\\d{4})?(/[A-Za-z0-9._~/-]*)?$";

const image = (description: string) => text(description, imagePattern);

const logLevel = () =>
  Type.Optional(
    Type.Union(
      (["trace", "debug", "info", "warn", "error"] as const).map((level) => Type.Literal(level)),
      { default: "info", description: "What it writes to its log." },
    ),
  );

/** A component without settings of its own. */
export const noValues = Type.Object({}, closed);

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
      maxConnections: wholeNumber({
        from: 20,
        to: 1000,
        default: 100,
        description: "Connections of all clients together.",
      }),
      sharedBuffers: postgresSize("128MB", "Cache of its own; about a quarter of its memory."),
      workMemory: postgresSize("4MB", "What one sort or hash takes before it goes to the volume."),
      statementTimeoutSeconds: wholeNumber({
        from: 0,
        to: 3600,
        default: 0,
        description: "Ends statements that take longer; 0 never does.",
      }),
      slowStatementMilliseconds: wholeNumber({
        from: 1,
        to: 600_000,
        default: 1000,
        description: "Logs statements that take longer.",
      }),
    },
    closed,
  ),
  browserless: Type.Object(
    {
      concurrency: wholeNumber({
        from: 1,
        to: 50,
        default: 3,
        description: "Browsers at once in each pod; each takes some 200 MiB.",
      }),
      tenantConcurrency: wholeNumber({
        from: 1,
        to: 50,
        description: "Of those, browsers of one tenant. Default: all but one.",
      }),
      queue: wholeNumber({
        from: 1,
        to: 1000,
        default: 20,
        description: "Requests of one tenant that wait in each pod before its others are turned away (429).",
      }),
      timeoutSeconds: wholeNumber({ from: 1, to: 900, default: 60, description: "What one session may take." }),
      memoryMebibytes: wholeNumber({
        from: 128,
        to: 65_536,
        description:
          "Memory of one browser with its pages; one that takes more is ended. Default: its share of the pod's limit, at least 384.",
      }),
    },
    closed,
  ),
  litellm: Type.Object(
    {
      requestsPerMinute: wholeNumber({ from: 1, to: 100_000, default: 600, description: "Of each tenant." }),
      retries: wholeNumber({
        from: 0,
        to: 10,
        default: 2,
        description: "Times that a call of the model is tried again.",
      }),
      timeoutSeconds: wholeNumber({
        from: 1,
        to: 900,
        default: 120,
        description: "What one call of the model may take.",
      }),
      cacheSeconds: wholeNumber({
        from: 0,
        to: 86_400,
        default: 600,
        description: "How long an answer is given again to the same question; 0 never.",
      }),
    },
    closed,
  ),
  workflows: Type.Object(
    {
      parallelism: wholeNumber({
        from: 1,
        to: 10_000,
        default: 100,
        description: "Workflows at once in the whole cluster. Argo only.",
      }),
      namespaceParallelism: wholeNumber({
        from: 1,
        to: 10_000,
        default: 50,
        description: "Workflows at once in one namespace. Argo only.",
      }),
      archiveDays: wholeNumber({
        from: 1,
        to: 3650,
        default: 30,
        description: "How long finished workflows stay in the archive. Argo only.",
      }),
      controllerImage: image("Argo's workflow-controller. Default: upstream's."),
      executorImage: image("Argo's argoexec. Default: upstream's."),
      serverImage: image("Argo's argocli, which is its server. Default: upstream's."),
    },
    closed,
  ),
  operator: Type.Object(
    {
      workers: wholeNumber({ from: 1, to: 256, default: 8, description: "Workloads worked on at once." }),
      policyTimeoutMilliseconds: wholeNumber({
        from: 10,
        to: 60_000,
        default: 2000,
        description: "What one question to the policy engine may take.",
      }),
      logLevel: logLevel(),
      alarmUrl: text(
        "Where it posts what becomes of break-glass requests, signed with the key of Secret agentic-system/break-glass-alarm. Default nowhere.",
        "^https://[A-Za-z0-9.-]+(/\\S*)?$",
      ),
      consoleUrl: text(
        "Where the console answers that notifications link to. Default: components.console.values.publicUrl; without either they have no links.",
        "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$",
      ),
    },
    closed,
  ),
  console: Type.Object(
    {
      publicUrl: text(
        "Where browsers find it, such as https://agents.example.com. Default: what they say; oidc needs it.",
        ISSUER,
      ),
      ingressNamespaces: Type.Optional(
        Type.Array(Type.String({ pattern: dnsLabel }), {
          uniqueItems: true,
          description:
            "Namespaces whose pods may reach it, such as an ingress controller's. Default none: by a forwarded port alone.",
        }),
      ),
      oidc: Type.Optional(
        Type.Object(
          {
            issuer: Type.String({
              pattern: ISSUER,
              description: "Who signs people in, as in the tokens' iss. The API server must take its tokens.",
            }),
            clientId: Type.String({
              minLength: 1,
              description: "What the issuer knows the console by: the tokens' aud, which the API server expects.",
            }),
            name: text("What the button says. Default: the issuer's host."),
            scopes: text(
              "What is asked for; groups come by what the issuer calls them, such as openid email groups. Default openid email profile.",
              "^openid( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*$",
            ),
            ca: text(
              "The certificates, as PEM, of the authorities of which one must have signed the issuer's. Default: the public ones.",
            ),
            cidrs: Type.Optional(
              Type.Array(Type.String({ pattern: policyCidr }), {
                minItems: 1,
                description: "Where the issuer is, if not on the internet.",
              }),
            ),
          },
          {
            ...closed,
            description:
              "Sign-in by OpenID Connect, beside that by a token. The client's secret is consoleClientSecret; without it PKCE alone guards.",
          },
        ),
      ),
      sessionMinutes: wholeNumber({
        from: 1,
        to: 1440,
        default: 60,
        description: "After which an unused session ends.",
      }),
      logLevel: logLevel(),
      demo: Type.Optional(
        Type.Boolean({
          default: false,
          description: "Whether this is a local platform, where make console signs in a demo user: the page says so.",
        }),
      ),
    },
    closed,
  ),
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
      timeoutSeconds: wholeNumber({
        from: 1,
        to: 30,
        default: 10,
        description: "After which a pod without an answer is refused.",
      }),
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
  sigstore: Type.Object(
    {
      tokenIssuer: Type.Optional(
        Type.String({
          pattern: ISSUER,
          default: "https://kubernetes.default.svc.cluster.local",
          description: "Issuer of the accounts' tokens: the API server, by the name in its tokens.",
        }),
      ),
      audience: Type.Optional(
        Type.String({ minLength: 1, default: "sigstore", description: "Audience of the tokens that sign." }),
      ),
      signers: Type.Optional(
        Type.Array(Type.String({ pattern: dnsLabel }), {
          uniqueItems: true,
          description: "Namespaces whose pods may reach Fulcio and Rekor. Default none: by a forwarded port alone.",
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
      days: wholeNumber({ from: 2, to: 825, default: 90, description: "How long a certificate is good for." }),
      renewDays: wholeNumber({ from: 1, to: 800, default: 30, description: "How long before its end it is renewed." }),
    },
    closed,
  ),
} as const satisfies Record<string, TObject>;
