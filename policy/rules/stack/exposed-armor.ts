// Services behind an external Gateway of GKE must have Cloud Armor.
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, gather, some, textOf } from "../../unknown.ts";
import { at, type Fields, isText, items } from "../../values.ts";

export const exposedArmor = stackRule({
  name: "exposed-cloud-armor",
  area: "stack",
  severity: "high",
  description: "Each Service behind an external Gateway of GKE has a GCPBackendPolicy with a policy of Cloud Armor.",
  remedy: "Add a GCPBackendPolicy with spec.default.securityPolicy and the Service as its targetRef.",
  check: (resources, report) => {
    const gateways = objectsOf(resources, "Gateway");
    const guards = objectsOf(resources, "GCPBackendPolicy");
    const isExternal = (name: string) =>
      some(gateways, ({ object }) =>
        allOf(
          () => nameOf(object) === name,
          () => /^gke-.*external/.test(String(at(object, "spec", "gatewayClassName"))),
        ),
      );
    const isGuarded = (service: () => string) =>
      some(guards, ({ object }) =>
        allOf(
          () => isText(at(object, "spec", "default", "securityPolicy")),
          () => `${at(object, "metadata", "namespace")}/${at(object, "spec", "targetRef", "name")}` === service(),
        ),
      );
    each(objectsOf(resources, "HTTPRoute"), ({ object, urn }) => {
      const namespace = () => at(object, "metadata", "namespace");
      const inSpace = ({ namespace: own, name }: Fields) => `${own ?? namespace()}/${name}`;
      if (!some(items(at(object, "spec", "parentRefs")), (parent) => isExternal(inSpace(parent)))) return;
      const backends = gather(items(at(object, "spec", "rules")), (rule) => [items(rule.backendRefs)]);
      each(backends, (refs) =>
        each([...refs.keys()], (i) => {
          const service = () => inSpace(refs[i] ?? {});
          if (!isGuarded(service))
            report(
              [
                `HTTPRoute ${textOf(namespace)}/${textOf(() => at(object, "metadata", "name"))}`,
                `nothing stops attacks on ${textOf(service)}`,
                "add a GCPBackendPolicy with spec.default.securityPolicy",
              ],
              urn,
            );
        }),
      );
    });
  },
});

const nameOf = (object: Fields) => `${at(object, "metadata", "namespace")}/${at(object, "metadata", "name")}`;
