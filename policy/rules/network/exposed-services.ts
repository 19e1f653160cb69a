// Services are for the inside: what is reached from outside goes through the gateway.
import { NAMESPACES } from "@agentic/api/names.ts";
import { nameOf, objectRule } from "../../kinds/objects.ts";
import { fields, items } from "../../values.ts";

export const exposedServices = objectRule(
  "network",
  ["Service"],
  {
    name: "exposed-services",
    severity: "high",
    description:
      "Services are ClusterIP: none but the gateway is a LoadBalancer, none but it and a local cluster's own ports a NodePort.",
    remedy:
      "Make it ClusterIP and route to it from the gateway, or name it in the policy's setting gateways, or nodePorts.",
    settings: {
      gateways: {
        type: "array",
        items: { type: "string" },
        default: ["gateway/gateway"],
        description: "Services that are the way in, as namespace/name.",
      },
      nodePorts: {
        type: "array",
        items: { type: "string" },
        // What a stack that makes a local cluster opens to its own machine.
        default: [
          `${NAMESPACES.argoWorkflows}/local-access:32746`,
          `${NAMESPACES.sharedServices}/local-access:31901`,
          `${NAMESPACES.argoEvents}/local-access:31200`,
        ],
        description:
          "Ports of the node that a Service may have, as namespace/name:port: as a NodePort, and no other port.",
      },
    },
  },
  (service, report, { args, setting }) => {
    const { type, ports } = fields(service.spec);
    if (type !== "NodePort" && type !== "LoadBalancer") return;
    if (setting<string[]>("gateways").includes(nameOf(args))) return;
    const declared = new Set(setting<string[]>("nodePorts"));
    const given = items(ports).map(({ nodePort }) => `${nameOf(args)}:${nodePort}`);
    if (type === "NodePort" && given.length > 0 && given.every((port) => declared.has(port))) return;
    report("spec.type", `${type} opens it to the outside`, "make it ClusterIP, behind the gateway");
  },
);
