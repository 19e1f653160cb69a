// Turns the inputs of a `kubernetes:*` resource into the object that is applied, and the live object into its outputs.
import { isProperties, keepSecret, type Properties, reveal, Secret, type Value } from "../values.ts";
import type { KubeObject } from "./cluster.ts";

/** Types of the provider that are no single objects: they expand in its plugin. */
const expanded = /^kubernetes:(helm\.sh|kustomize|yaml)/;

/** Why a type can't be made here; undefined where it can. */
export function refusal(type: string): string | undefined {
  if (expanded.test(type))
    return "charts, kustomizations and YAML files expand in the provider's plugin: register their objects one by one";
  if (type.endsWith("List")) return "a list is no object: register its items one by one";
  return undefined;
}

/** Whether a type patches an object that somebody else has made. */
export function isPatch(type: string): boolean {
  return type.endsWith("Patch");
}

/**
 * The object of a resource's inputs, secrets in clear. Names the resource where metadata.name is missing: without
 * the provider there is no autonaming.
 */
export function manifestOf(
  inputs: Properties,
  defaultNamespace: string | undefined,
  labels: Record<string, string>,
): KubeObject {
  const object = underlinesToDashes(reveal(inputs)) as KubeObject;
  if (!object.metadata?.name) throw new Error("metadata.name is missing: give the object an explicit name");
  object.metadata = { ...object.metadata };
  if (Object.keys(labels).length > 0) object.metadata.labels = { ...object.metadata.labels, ...labels };
  if (!object.metadata.namespace && defaultNamespace) object.metadata.namespace = defaultNamespace;
  delete object.status;
  if (object.apiVersion === "v1" && object.kind === "Secret" && object.stringData) {
    // The API server folds stringData into data; who applies data from the start finds it unchanged the next time.
    const texts = Object.entries(object.stringData as Record<string, string>);
    object.data = {
      ...(object.data as object),
      ...Object.fromEntries(texts.map(([k, v]) => [k, Buffer.from(v).toString("base64")])),
    };
    delete object.stringData;
  }
  return object;
}

/** The SDK writes `x_kubernetes_preserve_unknown_fields` for what the API calls `x-kubernetes-preserve-unknown-fields`. */
function underlinesToDashes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(underlinesToDashes);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.startsWith("x_kubernetes_") ? name.replaceAll("_", "-") : name,
      underlinesToDashes(item),
    ]),
  );
}

/** The live object as the program gets it: what was secret in the inputs stays so, a Secret's data always is. */
export function outputsOf(live: KubeObject, inputs: Properties): Properties {
  const { managedFields: _, ...metadata } = live.metadata;
  const outputs = keepSecret({ ...live, metadata } as Value, inputs) as Properties;
  if (live.kind === "Secret" && live.apiVersion === "v1" && isProperties(outputs.data))
    outputs.data = new Secret(outputs.data);
  return outputs;
}

/** `namespace/name`, or the name alone: the provider's ids. */
export function idOf({ metadata }: KubeObject): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}
