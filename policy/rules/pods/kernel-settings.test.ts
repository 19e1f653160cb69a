// What policy kernel-settings lets pass, and what violates it.
import { context, deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { kernelSettings } from "./kernel-settings.ts";

const sysctl = (name: string) => deployment({ securityContext: { sysctls: [{ name, value: "1" }] } });

table(kernelSettings, {
  passes: { "a safe setting": sysctl("net.ipv4.tcp_syncookies") },
  violates: {
    "a setting of the node": [sysctl("kernel.msgmax"), "kernel.msgmax affects more than the pod"],
    "all of /proc, of a pod with users of its own too": [
      deployment({ hostUsers: false }, { securityContext: { ...context, procMount: "Unmasked" } }),
      "procMount",
    ],
    "all of /proc": [deployment({}, { securityContext: { ...context, procMount: "Unmasked" } }), "procMount"],
  },
});
