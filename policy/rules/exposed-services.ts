// Services are for the inside: what is reached from outside goes through the gateway.
import { fields, objectRule, say } from "../objects.ts";

export const exposedServices = objectRule(
  "exposed-services",
  "Services are ClusterIP: none is a NodePort or a LoadBalancer or has external addresses.",
  (object, report) => {
    if (object.kind !== "Service") return;
    const { type, externalIPs } = fields(object.spec);
    if (type === "NodePort" || type === "LoadBalancer")
      report(say("spec.type", `${type} opens it to the outside`, "make it ClusterIP, behind the gateway"));
    if (Array.isArray(externalIPs) && externalIPs.length > 0)
      report(say("spec.externalIPs", "traffic for these addresses is taken over", "leave them out"));
  },
);
