// A perimeter holds in the services that keep data.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { items, texts } from "../../values.ts";

export const perimeters = gcpRule(
  ["gcp:accesscontextmanager/servicePerimeter:ServicePerimeter"],
  {
    name: "service-perimeter",
    severity: "medium",
    description:
      "Perimeters of VPC Service Controls restrict the services that keep data, and let nobody in from everywhere.",
    remedy: "List the services in restrictedServices, and name identities or sources in ingressPolicies.",
    settings: {
      services: {
        type: "array",
        items: { type: "string" },
        default: ["bigquery", "cloudkms", "pubsub", "secretmanager", "sqladmin", "storage"].map(
          (api) => `${api}.googleapis.com`,
        ),
        description: "Services that a perimeter must restrict.",
      },
    },
  },
  (props, report, { setting }) => {
    if (props.perimeterType === "PERIMETER_TYPE_BRIDGE") return;
    // What is tried out is to be as good as what holds.
    const part = props.status === undefined && props.spec !== undefined ? "spec" : "status";
    const rules = block(props[part]);
    const restricted = texts(rules.restrictedServices);
    for (const service of setting<string[]>("services"))
      if (!restricted.includes(service))
        report(`${part}.restrictedServices`, `data of ${service} can be copied out`, `add ${service}`);
    for (const [i, { ingressFrom }] of items(rules.ingressPolicies).entries()) {
      const { identityType, sources } = block(ingressFrom);
      if (identityType === "ANY_IDENTITY" && items(sources).some(({ accessLevel }) => accessLevel === "*"))
        report(`${part}.ingressPolicies[${i}]`, "anybody comes in from anywhere", "name identities or an access level");
    }
  },
);
