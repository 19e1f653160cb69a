// Writes registered objects as files, for GitOps, Kustomize or `kubectl diff`.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { KubeObject } from "./kubernetes/cluster.ts";
import { groupOf, isNamespaced } from "./kubernetes/kinds.ts";
import { manifestOf } from "./kubernetes/manifest.ts";
import { isForeign, isKubernetes } from "./recording.ts";
import { isPatch, type Registration } from "./registration.ts";
import { type Properties, Reference, reveal, Secret, some, unknown, type Value } from "./values.ts";

/** kubectl reads YAML 1.1, where an unquoted `off` is false. */
const yaml = { aliasDuplicateObjects: false, version: "1.1" } as const;

/** Kinds that others need first, in this order; all others follow in the order of their dependencies. */
const early = ["Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass", "ServiceAccount"];

/** The inputs of a render besides the program's objects. */
export interface RenderContext {
  /** The namespace that a provider (`urn::id`, "" for the default one) gives to objects without one; undefined where it has none. */
  namespaceOf: (provider: string) => string | undefined;
  /** Called with what the render can't know for certain. */
  warn: (message: string, urn: string) => void;
}

/** Folder of a render with its CustomResourceDefinitions, which must be applied before their objects. */
export const definitionsFolder = "definitions";

/** Placeholder for values that only another provider knows, such as the certificate of a database that isn't made yet. */
export const KNOWN_LATER = "known-after-pulumi-up";

/**
 * Writes one file per object, numbered in apply order, into an emptied folder, and returns their names. Definitions are in a folder
 * of their own, and so are, by their group, objects whose definitions neither Kubernetes nor the program has: `applySteps` says how
 * they are brought to a cluster. Files with Secrets are readable by their owner only. Where the program makes more than Kubernetes' objects, what depends on that
 * is written as {@link KNOWN_LATER}; otherwise a value that isn't known is an error.
 */
export function render(registrations: readonly Registration[], folder: string, context: RenderContext): string[] {
  const foreign = registrations.some(({ custom, type }) => custom && isForeign(type));
  const kubernetes = registrations
    .filter(({ type }) => isKubernetes(type))
    .map((registration) =>
      foreign ? { ...registration, inputs: known(registration.inputs) as Properties } : registration,
    );
  for (const { inputs, urn } of kubernetes)
    if (some(inputs, (value) => value === unknown))
      throw new Error(`${urn}: it holds a value that only a cluster knows, and can't be rendered without one`);
  const namespaces = defaultNamespaces(registrations, context);
  const rank = (kind: string) => (early.includes(kind) ? early.indexOf(kind) : early.length);
  const objects = inOrder(kubernetes)
    .map((registration) => ({ registration, object: manifestOf(registration.inputs, namespaces(registration), {}) }))
    .map((entry, index) => ({ ...entry, index }))
    .sort((a, b) => rank(a.object.kind) - rank(b.object.kind) || a.index - b.index);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const defined = new Set(
    objects.map(({ object }) => definedBy(object)).filter((definition) => definition !== undefined),
  );
  return objects.map(({ registration, object }, i) => {
    const { kind, metadata } = object;
    const nameParts = [kind.toLowerCase(), metadata.namespace, metadata.name, isPatch(registration) && "patch"];
    const name = `${String(i).padStart(3, "0")}-${nameParts.filter(Boolean).join("-").replaceAll(":", ".")}.yaml`;
    const secret = kind === "Secret" && object.apiVersion === "v1";
    const file = join(subfolder(object, defined), name);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), stringify(object, yaml), { mode: secret ? 0o600 : 0o644 });
    return file;
  });
}

/** `group/kind` of what a definition defines. */
function definedBy({ kind, spec }: KubeObject): string | undefined {
  if (kind !== "CustomResourceDefinition") return undefined;
  const { group, names } = spec as { group: string; names: { kind: string } };
  return `${group}/${names.kind}`;
}

function subfolder({ apiVersion, kind }: KubeObject, defined: ReadonlySet<string>): string {
  if (kind === "CustomResourceDefinition") return definitionsFolder;
  const group = groupOf(apiVersion);
  return isNamespaced(apiVersion, kind) === undefined && !defined.has(`${group}/${kind}`) ? group : "";
}

/**
 * Registrations with each after what it depends on, otherwise by URN: the program registers side by side, and the
 * same program must always give the same files.
 */
function inOrder(registrations: readonly Registration[]): Registration[] {
  const left = new Map(
    [...registrations].sort((a, b) => (a.urn < b.urn ? -1 : 1)).map((registration) => [registration.urn, registration]),
  );
  const ordered: Registration[] = [];
  const visit = (registration: Registration) => {
    if (!left.delete(registration.urn)) return;
    for (const urn of registration.dependencies) {
      const needed = left.get(urn);
      if (needed) visit(needed);
    }
    ordered.push(registration);
  };
  for (const registration of [...left.values()]) visit(registration);
  return ordered;
}

/**
 * The namespace that a provider gives to the objects that name none. A kind that neither Kubernetes itself nor the
 * program defines may live in a namespace or not: as the provider does, its object is left as it is, and `warn` is told.
 */
function defaultNamespaces(registrations: readonly Registration[], { namespaceOf, warn }: RenderContext) {
  const scopes = new Map<string, boolean>();
  for (const { inputs } of registrations) {
    const { spec, kind } = reveal(inputs) as {
      kind?: string;
      spec?: { group?: string; scope?: string; names?: { kind: string } };
    };
    if (kind === "CustomResourceDefinition" && spec?.names)
      scopes.set(`${spec.group}/${spec.names.kind}`, spec.scope === "Namespaced");
  }
  return (registration: Registration): string | undefined => {
    const { urn, inputs } = registration;
    const namespace = namespaceOf(registration.provider);
    const { apiVersion, kind, metadata } = reveal(inputs) as unknown as KubeObject;
    if (!namespace || metadata?.namespace) return undefined;
    const namespaced = isNamespaced(apiVersion, kind) ?? scopes.get(`${groupOf(apiVersion)}/${kind}`);
    if (namespaced === undefined)
      warn(
        `whether a ${kind} of ${apiVersion} lives in a namespace is not known without its definition: it is written without a namespace instead of '${namespace}'; set metadata.namespace`,
        urn,
      );
    return namespaced ? namespace : undefined;
  };
}

/** A copy of a value with the placeholder for all unknown parts. */
function known(value: Value): Value {
  if (value === unknown) return KNOWN_LATER;
  if (value instanceof Secret) return new Secret(known(value.value));
  if (value instanceof Reference || value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(known);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const later = known(item);
      const unwrapped = later instanceof Secret ? later.value : later;
      // The SDK knows nothing of a Secret with one unknown value, not even its keys.
      return [name, unwrapped === KNOWN_LATER && maps.includes(name) ? { [KNOWN_LATER]: "" } : later];
    }),
  );
}

/** Fields of objects that are maps of texts. */
const maps = ["data", "stringData", "labels", "annotations"];
