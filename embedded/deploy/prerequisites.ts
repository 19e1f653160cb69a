// The namespaces and CustomResourceDefinitions that a program makes: other objects of it need them first.
import type { KubeObject } from "./kubernetes/cluster.ts";
import { groupOf } from "./kubernetes/kinds.ts";
import type { Registration } from "./registration.ts";
import { reveal } from "./values.ts";

interface ObjectInputs {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string };
  spec?: { group?: string; names?: { kind?: string } };
}

export interface Prerequisites {
  /** URNs of Namespaces by their names. */
  namespaces: ReadonlyMap<string, string>;
  /** URN of the CustomResourceDefinition of a kind; undefined where the program makes none. */
  definitionOf(kind: Pick<KubeObject, "apiVersion" | "kind">): string | undefined;
}

/** The prerequisites in a recorded program. */
export function prerequisitesOf(registrations: readonly Registration[]): Prerequisites {
  const objects = registrations.flatMap(({ urn, inputs, custom }) =>
    custom ? [{ urn, ...(reveal(inputs) as ObjectInputs) }] : [],
  );
  const namespaces = objects
    .filter(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Namespace")
    .map(({ metadata, urn }) => [String(metadata?.name), urn] as const);
  const definitions = objects
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map(({ spec, urn }) => [`${spec?.group}/${spec?.names?.kind}`, urn] as const);
  const byKind = new Map(definitions);
  return {
    namespaces: new Map(namespaces),
    definitionOf: ({ apiVersion, kind }) => byKind.get(`${groupOf(apiVersion)}/${kind}`),
  };
}
