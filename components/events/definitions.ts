// The CustomResourceDefinitions of Argo Events: as upstream, specs keep every field, and the controller validates them.
import { ARGO } from "@agentic/api/names.ts";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import * as pulumi from "@pulumi/pulumi";

/** The kinds, with the plural names that the controller expects. */
const eventKinds = [
  { kind: "EventBus", plural: "eventbus", shortName: "eb" },
  { kind: "EventSource", plural: "eventsources", shortName: "es" },
  { kind: "Sensor", plural: "sensors", shortName: "sn" },
] as const;

/** Registers EventBus, EventSource and Sensor with the API server. */
export class EventDefinitions extends pulumi.ComponentResource {
  /** What an object of these kinds depends on. */
  readonly definitions: CustomResourceDefinition[];

  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:events:EventDefinitions", name, {}, options);
    this.definitions = eventKinds.map(
      (kind) => new CustomResourceDefinition(`${name}-${kind.plural}`, definition(kind) as never, { parent: this }),
    );
    this.registerOutputs({});
  }
}

/** The definition of one kind. */
export function definition({ kind, plural, shortName }: (typeof eventKinds)[number]) {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    metadata: { name: `${plural}.${ARGO.group}` },
    spec: {
      group: ARGO.group,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [shortName] },
      versions: [
        {
          name: ARGO.version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["metadata", "spec"],
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                spec: open,
                status: open,
              },
            },
          },
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: "Ready", type: "string", jsonPath: ".status.conditions[?(@.type=='Deployed')].status" },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
        },
      ],
    },
  };
}
