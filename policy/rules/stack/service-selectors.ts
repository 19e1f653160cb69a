// Service selectors must match pods of the stack.
import { mayHold, podsOf } from "../../kinds/holders.ts";
import { objectsOf, type StackObject, selects } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, some, textOf } from "../../unknown.ts";
import { at, type Fields, fields } from "../../values.ts";

export const serviceSelectors = stackRule({
  name: "service-selectors",
  area: "stack",
  severity: "medium",
  level: "advisory",
  description: "The selector of each Service matches pods of the stack.",
  remedy: "Give the Service the labels of the pod template in its own namespace.",
  check: (resources, report) => {
    const services = objectsOf(resources, "Service").filter(({ type }) => type.startsWith("kubernetes:core/"));
    const holders = objectsOf(resources).filter(({ type }) => mayHold(type));
    const leadsTo = ({ object, type }: StackObject, service: Fields) =>
      allOf(
        () => at(object, "metadata", "namespace") === at(service, "metadata", "namespace"),
        () =>
          some(podsOf(type, object), (pod) =>
            selects({ matchLabels: at(service, "spec", "selector") }, fields(pod.metadata.labels)),
          ),
      );
    each(services, ({ object, urn }) => {
      if (Object.keys(fields(at(object, "spec", "selector"))).length === 0) return;
      if (some(holders, (holder) => leadsTo(holder, object))) return;
      const name = `${textOf(() => at(object, "metadata", "namespace"))}/${textOf(() => at(object, "metadata", "name"))}`;
      report([`Service ${name}`, "its selector matches no pod of the stack", "use its pods' labels"], urn);
    });
  },
});
