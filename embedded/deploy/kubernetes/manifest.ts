// Turns the inputs of a `kubernetes:*` resource into the object that is applied, and the live object into its outputs.
import { isProperties, keepSecret, type Properties, reveal, Secret, type Value } from "../values.ts";
import type { KubeObject } from "./cluster.ts";
import { withApiWords, withSdkWords } from "./schema-words.ts";

/**
 * The object of a resource's inputs, secrets in clear. Names the resource where metadata.name is missing: without
 * the provider there is no autonaming.
 */
export function manifestOf(
  inputs: Properties,
  defaultNamespace: string | undefined,
  labels: Record<string, string>,
): KubeObject {
  const object = withApiWords(reveal(inputs) as KubeObject);
  if (!object.metadata?.name) throw new Error("metadata.name is missing: give the object an explicit name");
  object.metadata = { ...object.metadata };
  if (Object.keys(labels).length > 0) object.metadata.labels = { ...object.metadata.labels, ...labels };
  if (!object.metadata.namespace && defaultNamespace) object.metadata.namespace = defaultNamespace;
  delete object.status;
  if (object.apiVersion === "v1" && object.kind === "Secret" && object.stringData) {
    // The API server folds stringData into data; who applies data from the start finds it unchanged the next time.
    const texts = Object.entries(object.stringData as Record<string, unknown>).filter(([, text]) => text !== null);
    object.data = {
      ...(object.data as object),
      ...Object.fromEntries(texts.map(([key, text]) => [key, base64Of(key, text)])),
    };
    delete object.stringData;
  }
  return object;
}

function base64Of(key: string, text: unknown): string {
  if (typeof text !== "string") throw new Error(`stringData.${key} is a ${typeof text}: it must be a text`);
  return Buffer.from(text).toString("base64");
}

/** The live object as the program gets it: what was secret in the inputs stays so, a Secret's data always is. */
export function outputsOf(live: KubeObject, inputs: Properties): Properties {
  const { managedFields: _, ...metadata } = live.metadata;
  const outputs = keepSecret(withSdkWords({ ...live, metadata } as KubeObject) as Value, inputs) as Properties;
  if (live.kind === "Secret" && live.apiVersion === "v1" && isProperties(outputs.data))
    outputs.data = new Secret(outputs.data);
  return outputs;
}

/** `namespace/name`, or the name alone: the provider's ids. */
export function idOf({ metadata }: { metadata: Pick<KubeObject["metadata"], "name" | "namespace"> }): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}
