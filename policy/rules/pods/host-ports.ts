// Containers must not listen on ports of their node.
import { containerRule } from "../../kinds/pods.ts";
import { each } from "../../unknown.ts";
import { items } from "../../values.ts";

export const hostPorts = containerRule({
  name: "host-ports",
  severity: "high",
  description: "Containers listen on no port of their node.",
  remedy: "Leave hostPort out and reach the pod by a Service.",
  check: ({ container, path }, report) =>
    each(items(container.ports), ({ hostPort }, i) => {
      if (hostPort !== undefined && hostPort !== null && Number(hostPort) !== 0)
        report(`${path}.ports[${i}].hostPort`, `it takes port ${hostPort} of the node`, "leave it out, use a Service");
    }),
});
