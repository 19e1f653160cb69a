// Ports of the node are not for pods.
import { containerRule } from "../../kinds/pods.ts";
import { items } from "../../values.ts";

export const hostPorts = containerRule(
  {
    name: "host-ports",
    severity: "high",
    description: "Containers listen on no port of their node.",
    remedy: "Leave hostPort out and reach the pod by a Service.",
  },
  ({ container, path }, report) => {
    for (const [i, { hostPort }] of items(container.ports).entries())
      if (hostPort !== undefined && hostPort !== 0)
        report(`${path}.ports[${i}].hostPort`, `it takes port ${hostPort} of the node`, "leave it out, use a Service");
  },
);
