// Whatever GKE's gateway exposes has Cloud Armor in front of it.
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { at, fields, isText, items } from "../../values.ts";

export const exposedArmor = stackRule(
  "stack",
  {
    name: "exposed-cloud-armor",
    severity: "high",
    description: "Each Service behind an external Gateway of GKE has a GCPBackendPolicy with a policy of Cloud Armor.",
    remedy: "Add a GCPBackendPolicy with spec.default.securityPolicy and the Service as its targetRef.",
  },
  (resources, report) => {
    const external = objectsOf(resources, "Gateway").filter(({ object }) => {
      const name = String(at(object, "spec", "gatewayClassName"));
      return name.startsWith("gke-") && name.includes("external");
    });
    const gateways = new Set(external.map(({ object }) => `${object.metadata?.namespace}/${object.metadata?.name}`));
    const guarded = new Set(
      objectsOf(resources, "GCPBackendPolicy")
        .filter(({ object }) => isText(at(object, "spec", "default", "securityPolicy")))
        .map(({ object }) => `${object.metadata?.namespace}/${at(object, "spec", "targetRef", "name")}`),
    );
    for (const { object, urn } of objectsOf(resources, "HTTPRoute")) {
      const { namespace, name } = object.metadata ?? {};
      const parents = items(fields(object.spec).parentRefs);
      if (!parents.some((parent) => gateways.has(`${parent.namespace ?? namespace}/${parent.name}`))) continue;
      const backends = items(fields(object.spec).rules).flatMap(({ backendRefs }) => items(backendRefs));
      for (const backend of backends) {
        const service = `${backend.namespace ?? namespace}/${backend.name}`;
        if (!guarded.has(service))
          report(
            [
              `HTTPRoute ${namespace}/${name}`,
              `nothing stops attacks on ${service}`,
              "add a GCPBackendPolicy with spec.default.securityPolicy",
            ],
            urn,
          );
      }
    }
  },
);
