// Labels of resources for people to read, such as `Deployment shared-services/litellm`.
import { label } from "./kubernetes/cluster.ts";
import { isKubernetes } from "./recording.ts";
import type { Registration } from "./registration.ts";
import { isProperties } from "./values.ts";

/** Label of a registered resource's object. */
export function labelOf({ inputs, type, name, custom }: Registration): string {
  const metadata = inputs.metadata;
  if (!custom || !isKubernetes(type) || !isProperties(metadata)) return `${type} ${name}`;
  const namespace = typeof metadata.namespace === "string" ? metadata.namespace : undefined;
  return label({
    apiVersion: "",
    kind: String(inputs.kind),
    namespace,
    name: typeof metadata.name === "string" ? metadata.name : name,
  });
}

/** Label of a resource of which only the URN is known. */
export function labelOfUrn(urn: string): string {
  const [, , type, name] = urn.split("::");
  return `${type?.split("$").pop()} ${name}`;
}
