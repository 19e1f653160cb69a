// Ingresses must name their hosts.
import { objectRule } from "../../kinds/nested.ts";
import { each, independently } from "../../unknown.ts";
import { fields, isText, items } from "../../values.ts";

export const ingressHosts = objectRule({
  name: "ingress-hosts",
  area: "network",
  kinds: ["Ingress"],
  severity: "medium",
  description: "Ingresses name their hosts: without a name, or with a wildcard, they take requests for others' names.",
  remedy: "Give each rule a full host name, and leave defaultBackend out.",
  check: ({ spec }, report) =>
    independently(
      () =>
        each(items(fields(spec).rules), ({ host }, i) => {
          if (!isText(host)) report(`spec.rules[${i}].host`, "it takes requests for every host", "name the host");
          else if (host.includes("*")) report(`spec.rules[${i}].host`, `'${host}' is many hosts`, "name the host");
        }),
      () => {
        const { defaultBackend, backend } = fields(spec);
        if (defaultBackend ?? backend)
          report("spec.defaultBackend", "it takes requests that match no rule", "give it a rule with a host");
      },
    ),
});
