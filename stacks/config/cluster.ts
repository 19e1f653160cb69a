// Config section `cluster`: where the cluster comes from.
import { type Static, Type } from "typebox";
import { cidr, closed } from "./fields.ts";

export const clusterSchema = Type.Object(
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
);

export type ClusterConfig = Static<typeof clusterSchema>;

/** The section with its defaults. */
export function clusterConfig(value: ClusterConfig | undefined): ClusterConfig {
  return { kind: "existing", ...value };
}
