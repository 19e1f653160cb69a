// Services are for the inside: what is reached from outside goes through the gateway.
import { nameOf, objectRule } from "../../kinds/objects.ts";
import { fields } from "../../values.ts";

export const exposedServices = objectRule(
  "network",
  ["Service"],
  {
    name: "exposed-services",
    severity: "high",
    description: "Services are ClusterIP: none but the gateway is a NodePort or a LoadBalancer.",
    remedy: "Make it ClusterIP and route to it from the gateway, or name it in the policy's setting gateways.",
    settings: {
      gateways: {
        type: "array",
        items: { type: "string" },
        default: ["gateway/gateway"],
        description: "Services that are the way in, as namespace/name.",
      },
    },
  },
  (service, report, { args, setting }) => {
    const { type } = fields(service.spec);
    if (type !== "NodePort" && type !== "LoadBalancer") return;
    if (setting<string[]>("gateways").includes(nameOf(args))) return;
    report("spec.type", `${type} opens it to the outside`, "make it ClusterIP, behind the gateway");
  },
);
