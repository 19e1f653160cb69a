import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { exposedServices } from "./exposed-services.ts";

const service = (type?: string) => object("Service", { spec: { type } });

table(exposedServices, {
  passes: {
    inside: service("ClusterIP"),
    "nothing said": service(),
    "the gateway": service("LoadBalancer"),
  },
  violates: {
    "a port of every node": [service("NodePort"), "NodePort opens it"],
    "an address of its own": [service("LoadBalancer"), "LoadBalancer opens it"],
  },
  settings: { "the gateway": { gateways: ["space/one"] } },
});
