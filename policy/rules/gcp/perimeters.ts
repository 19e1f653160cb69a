// Service perimeters must restrict the services that keep data.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { allOf, each, includes, independently, some } from "../../unknown.ts";
import { items, texts } from "../../values.ts";

export const perimeters = gcpRule({
  name: "service-perimeter",
  types: ["gcp:accesscontextmanager/servicePerimeter:ServicePerimeter"],
  severity: "medium",
  description:
    "Perimeters of VPC Service Controls restrict the services that keep data, and let nobody in from any source.",
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
  check: (props, report, { setting }) => {
    if (props.perimeterType === "PERIMETER_TYPE_BRIDGE") return;
    // What is tried out is to be as good as what holds.
    const part = props.status === undefined && props.spec !== undefined ? "spec" : "status";
    const rules = block(props[part]);
    independently(
      () =>
        each(setting<string[]>("services"), (service) => {
          if (!includes(texts(rules.restrictedServices), service))
            report(`${part}.restrictedServices`, `data of ${service} can be copied out`, `add ${service}`);
        }),
      () =>
        each(items(rules.ingressPolicies), ({ ingressFrom }, i) => {
          const from = block(ingressFrom);
          const isAnybody = allOf(
            () => from.identityType === "ANY_IDENTITY",
            () => some(items(from.sources), ({ accessLevel }) => accessLevel === "*"),
          );
          if (isAnybody)
            report(
              `${part}.ingressPolicies[${i}]`,
              "anybody may come in from anywhere",
              "name identities or an access level",
            );
        }),
    );
  },
});
