// Services must be reachable from outside only through the gateway.
import { NAMESPACES } from "@agentic/api/names.ts";
import { objectRule } from "../../kinds/nested.ts";
import { isAmong } from "../../kinds/objects.ts";
import { allOf, anyOf, every, some } from "../../unknown.ts";
import { type Fields, fields, items } from "../../values.ts";

export const exposedServices = objectRule({
  name: "exposed-services",
  area: "network",
  kinds: ["Service"],
  severity: "high",
  description:
    "Services are ClusterIP. Only the gateway is a LoadBalancer, and only the gateway and a local cluster's own ports are a NodePort.",
  remedy:
    "Make it ClusterIP and route to it from the gateway, or name it in the policy's setting gateways, or nodePorts.",
  settings: {
    gateways: {
      type: "array",
      items: { type: "string" },
      default: ["gateway/gateway"],
      description: "Services through which the cluster is reached, as namespace/name.",
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
  check: (service, report, { setting }) => {
    const spec = fields(service.spec);
    const { type } = spec;
    if (type !== "NodePort" && type !== "LoadBalancer") return;
    const declared = setting<string[]>("nodePorts").map((port) => port.split(":"));
    const isDeclared = (port: Fields) =>
      some(declared, ([name = "", number]) =>
        allOf(
          () => String(port.nodePort) === number,
          () => isAmong([name], service),
        ),
      );
    const isAllowed = anyOf(
      () =>
        allOf(
          () => type === "NodePort",
          () => some(declared, ([name = ""]) => isAmong([name], service)),
          () => items(spec.ports).length > 0,
          () => every(items(spec.ports), isDeclared),
        ),
      () => isAmong(setting<string[]>("gateways"), service),
    );
    if (!isAllowed) report("spec.type", `${type} opens it to the outside`, "make it ClusterIP, behind the gateway");
  },
});
