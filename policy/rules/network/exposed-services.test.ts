// What policy exposed-services lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { exposedServices } from "./exposed-services.ts";

const service = (type?: string) => object("Service", { spec: { type } });
/** What a local cluster opens to its machine, and what looks like it. */
const local = (namespace: string, spec: object) =>
  object("Service", { metadata: { name: "local-access", namespace }, spec: { type: "NodePort", ...spec } });
const argo = { port: 2746, nodePort: 32746 };

table(exposedServices, {
  passes: {
    inside: service("ClusterIP"),
    "nothing said": service(),
    "the gateway": service("LoadBalancer"),
    "the gateway by its name": object("Service", {
      metadata: { name: "gateway", namespace: "gateway" },
      spec: { type: "LoadBalancer" },
    }),
    "a local cluster's own port": local("argo-workflows", { ports: [argo] }),
    "a port of another of its namespaces": local("shared-services", { ports: [{ nodePort: 31901 }] }),
    "a port that is declared": local("space", { ports: [{ nodePort: 30001 }] }),
  },
  violates: {
    "a port of every node": [service("NodePort"), "NodePort opens it"],
    "an address of its own": [service("LoadBalancer"), "LoadBalancer opens it"],
    "an address under a local port's name": [
      local("argo-workflows", { type: "LoadBalancer", ports: [argo] }),
      "LoadBalancer opens it",
    ],
    "another port": [local("argo-workflows", { ports: [{ nodePort: 31901 }] }), "NodePort opens it"],
    "one port too many": [local("argo-workflows", { ports: [argo, { nodePort: 30000 }] }), "NodePort opens it"],
    "a port that Kubernetes chooses": [local("argo-workflows", { ports: [{ port: 2746 }] }), "NodePort opens it"],
    "another namespace": [local("tenant-demo", { ports: [argo] }), "NodePort opens it"],
    "a local port that isn't declared": [local("argo-workflows", { ports: [argo] }), "NodePort opens it"],
  },
  settings: {
    "the gateway": { gateways: ["space/one"] },
    "a port that is declared": { nodePorts: ["space/local-access:30001"] },
    "a local port that isn't declared": { nodePorts: [] },
  },
});
