// Converts the inputs of a `kubernetes:*` resource to the object that is applied, and the live object to its outputs.
import { isProperties, keepSecret, type Properties, reveal, Secret, type Value } from "../values.ts";
import type { KubeObject } from "./cluster.ts";
import { withApiNames, withSdkNames } from "./schema-names.ts";

/**
 * The object of a resource's inputs, secrets in clear. Throws where metadata.name is missing: without
 * the provider there is no autonaming.
 */
export function manifestOf(
  inputs: Properties,
  defaultNamespace: string | undefined,
  labels: Record<string, string>,
): KubeObject {
  const object = withApiNames(reveal(inputs) as KubeObject);
  if (!object.metadata?.name) throw new Error("metadata.name is missing: give the object an explicit name");
  object.metadata = { ...object.metadata };
  if (Object.keys(labels).length > 0) object.metadata.labels = { ...object.metadata.labels, ...labels };
  if (!object.metadata.namespace && defaultNamespace) object.metadata.namespace = defaultNamespace;
  delete object.status;
  if (object.apiVersion === "v1" && object.kind === "Secret" && object.stringData) {
    // The API server moves stringData into data; applying data from the start makes the next comparison find no change.
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

/** The live object as the program gets it: secret inputs stay secret, and a Secret's data always is. */
export function outputsOf(live: KubeObject, inputs: Properties): Properties {
  const { managedFields: _, ...metadata } = live.metadata;
  const outputs = keepSecret(withSdkNames({ ...live, metadata } as KubeObject) as Value, inputs) as Properties;
  if (live.kind === "Secret" && live.apiVersion === "v1" && isProperties(outputs.data))
    outputs.data = new Secret(outputs.data);
  return outputs;
}

/** The provider's id of an object: `namespace/name`, or the name alone. */
export function idOf({ metadata }: { metadata: Pick<KubeObject["metadata"], "name" | "namespace"> }): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}
