// A host must belong to one Ingress.
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, gather, textOf } from "../../unknown.ts";
import { at, isText, items } from "../../values.ts";

export const uniqueHosts = stackRule({
  name: "unique-hosts",
  area: "stack",
  severity: "medium",
  description: "No two Ingresses are for one host: which of them answers is left to the controller.",
  remedy: "Put the host's paths into one Ingress, or give the other one a host of its own.",
  check: (resources, report) => {
    const claims = gather(objectsOf(resources, "Ingress"), ({ object, urn }, owner) =>
      gather(items(at(object, "spec", "rules")), ({ host }) => [{ object, urn, owner, host }]),
    );
    each(claims, ({ object, urn, owner, host }, i) => {
      if (!isText(host)) return;
      const others = gather(claims.slice(0, i), (other) =>
        allOf(
          () => other.owner !== owner,
          () => other.host === host,
        )
          ? [other]
          : [],
      );
      const [first] = others;
      if (!first) return;
      const nameOf = (ingress: typeof object) => textOf(() => at(ingress, "metadata", "name"));
      report([`Ingress ${nameOf(object)}`, `${host} is ${nameOf(first.object)}'s, too`, "put its paths there"], urn);
    });
  },
});
