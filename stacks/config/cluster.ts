// Config section `cluster`: where the cluster comes from.
import { type Static, Type } from "typebox";
import { cidr, closed, ipv4 } from "./fields.ts";

export const clusterSchema = Type.Object(
  {
    kind: Type.Optional(
      Type.Union([Type.Literal("existing"), Type.Literal("gke")], {
        description: "Where the cluster comes from: existing takes a kubeconfig, gke makes one of section gke.",
      }),
    ),
    kubeconfig: Type.Optional(Type.String({ description: "Path of the kubeconfig. Default: KUBECONFIG." })),
    context: Type.Optional(Type.String({ description: "Context in it, by name." })),
    apiServerCidrs: Type.Optional(
      Type.Array(Type.String({ pattern: cidr }), {
        minItems: 1,
        description: "Addresses of the API server, for network policies. Default: read from the cluster.",
      }),
    ),
    registryAddress: Type.Optional(
      Type.String({
        pattern: ipv4,
        description:
          "Service address of component registry, for nodes that resolve no names of the cluster. Default: the cluster chooses.",
      }),
    ),
  },
  { ...closed, description: "The cluster that the platform is brought up in." },
);

export type ClusterConfig = Static<typeof clusterSchema>;

/** The section with its defaults. */
export function clusterConfig(value: ClusterConfig | undefined): ClusterConfig {
  return { kind: "existing", ...value };
}
