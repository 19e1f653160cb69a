// Configs at random: from the schema, so that every key there is takes part.
import fc from "fast-check";
import { parseConfig } from "../../../stacks/config/config.ts";
import { imagePattern, imageRegistryPattern } from "../../../stacks/config/fields.ts";
import { schema } from "../../../stacks/config/schema.ts";

/** A schema as far as values are made of it. */
interface Shape {
  type?: string;
  pattern?: string;
  const?: unknown;
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
}

export type Raw = Record<string, unknown>;

/** Of registries that the policies know without a list of the user's own. */
const images = ["quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z", "localhost/agentic-platform/operator:1.4.0"];
const imageRegistries = ["", "localhost/agentic-platform", "europe-west1-docker.pkg.dev/acme/platform"];

/** Texts of keys whose pattern says less than what they are: a volume that the policies' own limit still lets through. */
const texts: Record<string, fc.Arbitrary<string>> = {
  storage: fc.integer({ min: 1, max: 100 }).map((size) => `${size}Gi`),
  version: fc.constantFrom("1.2.3", "v4.0.0-rc.1"),
  owner: fc.constantFrom("platform", "team-a"),
  costCenter: fc.constantFrom("platform", "4711"),
  model: fc.constantFrom("openai/gpt-4o", "anthropic/claude-sonnet"),
};

/** Values of a schema; optional fields come and go. */
function arbitraryOf(shape: Shape, key: string): fc.Arbitrary<unknown> {
  const { type, anyOf, items, properties, pattern } = shape;
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (anyOf) return fc.oneof(...anyOf.map((choice) => arbitraryOf(choice, key)));
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number") {
    const { minimum = 0, maximum = minimum + 1000 } = shape;
    if (type === "number") return fc.double({ min: minimum, max: maximum, noNaN: true });
    // Large ones are the same as small ones, and cost memory that no quota has.
    return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 1000) });
  }
  if (type === "array") {
    const { minItems = 0, maxItems = 3 } = shape;
    return fc.array(arbitraryOf(items ?? {}, key), { minLength: minItems, maxLength: Math.max(minItems, maxItems) });
  }
  if (properties) {
    const { required = [] } = shape;
    const fields = Object.entries(properties).map(([name, schema]) => [name, arbitraryOf(schema, name)]);
    return fc.record(Object.fromEntries(fields), { requiredKeys: required as never[] });
  }
  if (pattern === imagePattern) return fc.constantFrom(...images);
  if (pattern === imageRegistryPattern) return fc.constantFrom(...imageRegistries);
  const text = texts[key];
  if (text) return text;
  if (!pattern) return fc.stringMatching(/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/);
  const { minLength = 0, maxLength = 200 } = shape;
  return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length >= minLength && text.length <= maxLength);
}

/** Configs whose every key is right by itself; together they may contradict each other. */
export function rawConfigs(): fc.Arbitrary<Raw> {
  const { cluster, ...others } = schema as unknown as Record<string, Shape>;
  // What only a cluster that the stack makes has contradicts one that is there.
  const names = ["apiServerCidrs", "registryAddress", "resolverAddress", "browserSeccompProfile"];
  const clusterFields = Object.fromEntries(
    Object.entries(cluster?.properties ?? {}).filter(([key]) => names.includes(key)),
  );
  const keys = Object.entries(others).map(([key, shape]) => [key, arbitraryOf(shape, key)]);
  return fc
    .record({
      required: fc.record({
        // The cluster is there already: making one is its own component's test.
        cluster: fc.record(
          Object.fromEntries(Object.entries(clusterFields).map(([key, schema]) => [key, arbitraryOf(schema, key)])),
          { requiredKeys: [] },
        ),
      }),
      optional: fc.record(Object.fromEntries(keys), { requiredKeys: [] }),
    })
    .map(({ required, optional }) => ({ ...optional, ...required }) as Raw);
}

/** The error that a config is refused with; "" where it is taken. */
export function errorOf(raw: Raw): string {
  try {
    parseConfig("p", raw, raw.llm !== undefined);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Lines of a refusal, without its head. */
export const linesOf = (error: string): string[] =>
  error
    .split("\n")
    .slice(1)
    .map((line) => line.trim());

/**
 * A config without what its refusals name, until it is taken: whoever reads an error must find by it what to take away.
 * Keys that are missing are given.
 */
export function repaired(raw: Raw): Raw {
  let config = structuredClone(raw);
  for (let round = 0; round < 20; round++) {
    const error = errorOf(config);
    if (error === "") return config;
    for (const line of linesOf(error)) config = withoutKeyOf(config, line);
  }
  throw new Error(`not right after 20 rounds: ${errorOf(config)}\n${JSON.stringify(config)}`);
}

function withoutKeyOf(config: Raw, line: string): Raw {
  const key = /^p:([\w.[\]-]+)/.exec(line)?.[1];
  if (!key) throw new Error(`no key at the start of: ${line}`);
  const path = key.split(/[.[\]]+/).filter(Boolean);
  const image = /^images\.(\w+)$/.exec(key)?.[1];
  const holder = (levels: number) =>
    path
      .slice(0, path.length - levels)
      .reduce<Raw | undefined>((value, part) => value?.[part] as Raw | undefined, config);
  if (line.includes(" is missing") && image)
    return {
      ...config,
      images: { ...(config.images as object), [image]: `localhost/agentic-platform/${image.toLowerCase()}:1.0.0` },
    };
  const [section = "", name = "", field = ""] = path;
  if (line.includes(" is not true")) {
    const components = (config[section] ?? {}) as Record<string, object>;
    return { ...config, [section]: { ...components, [name]: { ...components[name], [field]: true } } };
  }
  if (line.includes(" has none for ")) {
    const kms = "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";
    return { ...config, imagePolicies: [{ name: "any", images: ["**"], authorities: [{ key: { kms } }] }] };
  }
  // What isn't given contradicts what is given beside it: that goes then.
  for (let levels = 1; levels <= path.length; levels++) {
    const parent = holder(levels);
    const last = path[path.length - levels] ?? "";
    if (parent === undefined || !(last in parent)) continue;
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
    return config;
  }
  return config;
}
