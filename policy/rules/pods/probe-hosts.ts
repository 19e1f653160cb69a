// Probes and lifecycle hooks must ask their own container, because the node's kubelet sends them.
import { containerRule } from "../../kinds/pods.ts";
import { each } from "../../unknown.ts";
import { at } from "../../values.ts";

const handlers = [
  ...["livenessProbe", "readinessProbe", "startupProbe"].map((probe) => [probe]),
  ...["postStart", "preStop"].map((hook) => ["lifecycle", hook]),
];

export const probeHosts = containerRule({
  name: "probe-hosts",
  severity: "high",
  description: "Probes and lifecycle hooks ask the pod itself, and no other host.",
  remedy: "Leave host out of httpGet and tcpSocket; a name for the request is a header, Host.",
  check: ({ container, path }, report) =>
    each(handlers, (handler) =>
      each(["httpGet", "tcpSocket"], (way) => {
        const host = at(container, ...handler, way, "host");
        if (host !== undefined && host !== null && host !== "")
          report(
            `${[path, ...handler, way].join(".")}.host`,
            `the node asks ${host} in the pod's name`,
            "leave it out",
          );
      }),
    ),
});
