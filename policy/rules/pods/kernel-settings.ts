// Pods must not change unsafe kernel settings or unmask /proc.
import { podRule } from "../../kinds/pods.ts";
import { each, independently } from "../../unknown.ts";
import { fields, items } from "../../values.ts";

/** Those that Pod Security calls safe: they belong to the pod's own namespaces. */
const safe = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);

export const kernelSettings = podRule({
  name: "kernel-settings",
  severity: "high",
  description: "Pods change only safe kernel settings, and /proc stays masked.",
  remedy: "Leave the sysctl and procMount out, or have the owner of the nodes set it.",
  check: (pod, report) =>
    independently(
      () =>
        each(items(pod.ownSecurity.sysctls), ({ name }, i) => {
          if (!safe.has(String(name)))
            report(`${pod.securityPath}.sysctls[${i}]`, `${name} affects more than the pod`, "leave it out");
        }),
      () =>
        each(pod.containers, ({ container, path }) => {
          const { procMount } = fields(container.securityContext);
          if (procMount !== undefined && procMount !== null && procMount !== "Default")
            report(`${path}.securityContext.procMount`, `${procMount} shows what /proc hides`, "leave it out");
        }),
    ),
});
