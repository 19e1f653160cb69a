// Service selectors must match pods of the stack.
import { mayHold, podsOf } from "../../kinds/holders.ts";
import { objectsOf, type StackObject, selects } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, gather, some, textOf } from "../../unknown.ts";
import { at, type Fields, fields } from "../../values.ts";

/** Labels that controllers give to single pods. */
const ofControllers =
  /^(statefulset\.kubernetes\.io\/pod-name|(apps|batch)\.kubernetes\.io\/.*|job-name|controller-(uid|revision-hash)|pod-template-hash)$/;

/** The labels of a Service's selector that pods have from their template. */
function ownSelector(service: Fields): Fields {
  const selector = fields(at(service, "spec", "selector"));
  const names = Object.keys(selector).filter((name) => !ofControllers.test(name));
  return Object.fromEntries(gather(names, (name) => [[name, selector[name]]]));
}

/** Whoever names no namespace is in the provider's, which is called so unless somebody says otherwise. */
const namespaceOf = (object: Fields): unknown => at(object, "metadata", "namespace") ?? "default";

/** What installs a chart, whose pods the program doesn't describe. */
const chartTypes = /^(kubernetes:helm\.sh\/v\d+:(Chart|Release)|kubernetes-cert-manager:index:CertManager)$/;

/** The namespace that a chart is installed in. */
const chartNamespace = (props: Fields): unknown =>
  at(props, "namespace") ?? at(props, "helmOptions", "namespace") ?? "default";

export const serviceSelectors = stackRule({
  name: "service-selectors",
  area: "stack",
  severity: "medium",
  level: "advisory",
  description: "The selector of each Service matches pods of the stack, or is in the namespace of a chart.",
  remedy: "Give the Service the labels of the pod template in its own namespace.",
  check: (resources, report) => {
    const services = objectsOf(resources, "Service").filter(({ type }) => type.startsWith("kubernetes:core/"));
    const holders = objectsOf(resources).filter(({ type }) => mayHold(type));
    const charts = resources.filter(({ type }) => chartTypes.test(type));
    const leadsTo = ({ object, type }: StackObject, service: Fields) =>
      allOf(
        () => namespaceOf(object) === namespaceOf(service),
        () =>
          some(podsOf(type, object), (pod) =>
            selects({ matchLabels: ownSelector(service) }, fields(pod.metadata.labels)),
          ),
      );
    each(services, ({ object, urn }) => {
      if (Object.keys(ownSelector(object)).length === 0) return;
      if (some(holders, (holder) => leadsTo(holder, object))) return;
      if (some(charts, ({ props }) => chartNamespace(props) === namespaceOf(object))) return;
      const name = `${textOf(() => at(object, "metadata", "namespace"))}/${textOf(() => at(object, "metadata", "name"))}`;
      report([`Service ${name}`, "its selector matches no pod of the stack", "use its pods' labels"], urn);
    });
  },
});
