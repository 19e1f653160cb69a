// What an environment may set: read from the stack's config, checked as a whole, every error at once.
import { DEFAULT_BUCKET, DEFAULT_TENANT } from "@agentic/api/names.ts";
import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";

const cidr = "^(\\d{1,3}\\.){3}\\d{1,3}/\\d{1,2}$";
const name = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$";
const closed = { additionalProperties: false } as const;

const amounts = Type.Object({ cpu: Type.String(), memory: Type.String() }, closed);

const component = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: "Whether the component is there. Default true." })),
    image: Type.Optional(Type.String({ description: "Another image, best by digest." })),
    replicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
    resources: Type.Optional(Type.Object({ requests: amounts, limits: amounts }, closed)),
    storage: Type.Optional(Type.String({ pattern: "^\\d+(Mi|Gi|Ti)$", description: "Size of the volume." })),
  },
  closed,
);

/** Components that a stack can switch off or change, by the names that its config uses. */
export const componentNames = ["minio", "postgres", "browserless", "litellm", "workflows", "operator"] as const;
export type ComponentName = (typeof componentNames)[number];

const tenant = Type.Object(
  {
    name: Type.String({ pattern: name, maxLength: 40, description: "The namespace is tenant-<name>." }),
    bucket: Type.Optional(
      Type.String({ pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description: "Its bucket for artifacts." }),
    ),
    owner: Type.Optional(Type.String({ description: "Who answers for it." })),
    costCenter: Type.Optional(Type.String({ description: "Who pays for it." })),
    allowedSites: Type.Optional(
      Type.Array(
        Type.Object(
          {
            namespace: Type.String({ pattern: name }),
            host: Type.String({ pattern: "^[a-z0-9.-]+$" }),
            port: Type.Integer({ minimum: 1, maximum: 65535 }),
          },
          closed,
        ),
        { description: "Sites inside the cluster that its agents may read." },
      ),
    ),
    egressInternet: Type.Optional(
      Type.Boolean({ description: "Whether its agents may read public sites. Default false." }),
    ),
    quota: Type.Optional(
      Type.Object(
        {
          cpu: Type.Optional(Type.String()),
          memory: Type.Optional(Type.String()),
          pods: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        closed,
      ),
    ),
  },
  closed,
);

/** The schema of each config key; the key's namespace is the project's name. */
export const schema = {
  cluster: Type.Object(
    {
      kind: Type.Optional(Type.Union([Type.Literal("existing")], { description: "Where the cluster comes from." })),
      kubeconfig: Type.Optional(Type.String({ description: "Path of the kubeconfig. Default: KUBECONFIG." })),
      context: Type.Optional(Type.String({ description: "Context in it, by name." })),
      apiServerCidrs: Type.Optional(
        Type.Array(Type.String({ pattern: cidr }), {
          minItems: 1,
          description: "Addresses of the API server, for network policies. Default: read from the cluster.",
        }),
      ),
    },
    closed,
  ),
  workflowEngine: Type.Union([Type.Literal("argo"), Type.Literal("builtin")], {
    description: "Argo Workflows, or the built-in engine where its images can't be had. Default argo.",
  }),
  images: Type.Object(
    {
      operator: Type.Optional(Type.String()),
      agents: Type.Optional(Type.String()),
      workflowEngine: Type.Optional(Type.String()),
    },
    { ...closed, description: "Full references of the platform's own images." },
  ),
  components: Type.Object(
    Object.fromEntries(componentNames.map((key) => [key, Type.Optional(component)])) as Record<
      ComponentName,
      ReturnType<typeof Type.Optional<typeof component>>
    >,
    { ...closed, description: "What each component differs in from its defaults." },
  ),
  tenants: Type.Array(tenant, { minItems: 1, description: "The teams. Default: one, named demo." }),
  llm: Type.Object(
    {
      model: Type.String({ description: "As LiteLLM names it, such as openai/gpt-4o." }),
      apiBase: Type.Optional(Type.String({ pattern: "^https?://" })),
    },
    { ...closed, description: "A real model; without it the built-in offline model answers. The key is llmApiKey." },
  ),
  owner: Type.String({ description: "Who answers for the platform. Default platform." }),
  costCenter: Type.String({ description: "Who pays for the platform. Default platform." }),
  artifactRetentionDays: Type.Integer({
    minimum: 1,
    maximum: 3650,
    description: "Days that artifacts are kept. Default 30.",
  }),
} as const satisfies Record<string, TSchema>;

type Component = Static<typeof component>;
type TenantConfig = Required<Omit<Static<typeof tenant>, "quota">> & {
  quota: { cpu: string; memory: string; pods: number };
};

/** A stack's configuration with every default filled in. */
export interface Config {
  cluster: Static<typeof schema.cluster>;
  workflowEngine: Static<typeof schema.workflowEngine>;
  images: { operator: string; agents: string; workflowEngine?: string };
  components: Record<ComponentName, Component & { enabled: boolean }>;
  tenants: TenantConfig[];
  llm?: Static<typeof schema.llm>;
  owner: string;
  costCenter: string;
  artifactRetentionDays: number;
}

/** Config keys that hold a secret: they are read as such and never checked in clear. */
export const secretKeys = ["llmApiKey"] as const;

/**
 * The keys of the project's namespace that are set, each parsed: those that the program doesn't know too, so that they are
 * refused, but not the secret ones. `all` is every key of the stack with its text, as Pulumi hands it over.
 */
export function rawConfig(project: string, all: Record<string, string>): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]): [string, unknown] => [key.slice(prefix.length), text])
      .filter(([name]) => !(secretKeys as readonly string[]).includes(name))
      .map(([name, text]) => [name, parseText(name, String(text))]),
  );
}

/** Pulumi hands objects, numbers and booleans over as JSON, and text as it is. */
function parseText(name: string, text: string): unknown {
  if (name in schema && Type.IsString(schema[name as keyof typeof schema])) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Checks raw config values and fills the defaults in. `raw` holds each key's parsed value; `hasLlmApiKey` whether the
 * secret is set. Throws one error that lists everything that is wrong, each with its key and what would be right.
 */
export function parseConfig(project: string, raw: Record<string, unknown>, hasLlmApiKey: boolean): Config {
  const errors: string[] = [];
  const known = [...Object.keys(schema), ...secretKeys];
  for (const key of Object.keys(raw))
    if (!known.includes(key)) errors.push(`${project}:${key} is not a key of this program: it has ${known.join(", ")}`);
  for (const [key, type] of Object.entries(schema))
    if (raw[key] !== undefined)
      for (const error of Value.Errors(type, raw[key]))
        errors.push(`${project}:${key}${dotted(error.instancePath)} ${describe(error, raw[key])}`);
  const value = raw as Partial<{ [K in keyof typeof schema]: Static<(typeof schema)[K]> }>;
  if (errors.length === 0) errors.push(...contradictions(project, value, hasLlmApiKey));
  if (errors.length > 0)
    throw new Error(
      `the stack's config has ${errors.length} error${errors.length > 1 ? "s" : ""}:\n${errors.map((line) => `  ${line}`).join("\n")}`,
    );
  const images = value.images ?? {};
  return {
    cluster: { kind: "existing", ...value.cluster },
    workflowEngine: value.workflowEngine ?? "argo",
    images: { ...images, operator: images.operator ?? "", agents: images.agents ?? "" },
    components: Object.fromEntries(
      componentNames.map((key) => [key, { enabled: true, ...value.components?.[key] }]),
    ) as Config["components"],
    tenants: (value.tenants ?? [{ name: DEFAULT_TENANT }]).map((one) => ({
      bucket: one.name === DEFAULT_TENANT ? DEFAULT_BUCKET : `${DEFAULT_BUCKET}-${one.name}`,
      owner: "platform",
      costCenter: "platform",
      allowedSites: [],
      egressInternet: false,
      ...one,
      quota: { cpu: "16", memory: "24Gi", pods: 100, ...one.quota },
    })),
    llm: value.llm,
    owner: value.owner ?? "platform",
    costCenter: value.costCenter ?? "platform",
    artifactRetentionDays: value.artifactRetentionDays ?? 30,
  };
}

/** What each key may be on its own, but not together with the others. */
function contradictions(
  project: string,
  value: Partial<{ [K in keyof typeof schema]: Static<(typeof schema)[K]> }>,
  hasLlmApiKey: boolean,
): string[] {
  const errors: string[] = [];
  const key = (path: string) => `${project}:${path}`;
  const off = (one: ComponentName) => value.components?.[one]?.enabled === false;
  const engine = value.workflowEngine ?? "argo";
  for (const image of ["operator", "agents"] as const)
    if (!value.images?.[image] && !(image === "operator" && off("operator")))
      errors.push(
        `${key(`images.${image}`)} is missing: give the full reference of the image, such as ghcr.io/agentic-platform/${image}@sha256:…`,
      );
  if (engine === "builtin" && !off("workflows") && !value.images?.workflowEngine)
    errors.push(`${key("images.workflowEngine")} is missing: workflowEngine builtin runs from it`);
  if (value.llm && !hasLlmApiKey)
    errors.push(
      `${key("llmApiKey")} is missing: llm names a model that needs it (pulumi config set --secret llmApiKey …)`,
    );
  if (!value.llm && hasLlmApiKey)
    errors.push(`${key("llm")} is missing: llmApiKey is set, but no model that it is for`);
  if (engine === "argo" && !off("workflows") && off("postgres"))
    errors.push(
      `${key("components.postgres.enabled")} is false, but Argo keeps its archive there: leave it on, or switch workflows off`,
    );
  for (const [what, list] of [
    ["name", value.tenants?.map((tenant) => tenant.name)],
    ["bucket", value.tenants?.flatMap((tenant) => tenant.bucket ?? [])],
  ] as const) {
    const twice = list?.find((one, i) => list.indexOf(one) !== i);
    if (twice !== undefined) errors.push(`${key("tenants")} has ${what} '${twice}' twice: each tenant needs its own`);
  }
  return errors;
}

/** `/0/name` → `[0].name`. */
function dotted(path: string): string {
  return path.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".");
}

interface Problem {
  instancePath: string;
  keyword: string;
  message: string;
  params?: object;
}

function describe({ keyword, message, params, instancePath }: Problem, value: unknown): string {
  const got = instancePath
    .split("/")
    .slice(1)
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], value);
  if (keyword === "additionalProperties") {
    const names = (params as { additionalProperties?: string[] })?.additionalProperties ?? [];
    return `has unknown fields: ${names.join(", ")}`;
  }
  return `${message}, got ${JSON.stringify(got)}`;
}
