// What policy security-modules lets pass, and what violates it.
import { deployment, object, pod } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { securityModules } from "./security-modules.ts";

const shared = (securityContext: object) => deployment({ securityContext });
const annotated = (value: string) =>
  object("Deployment", {
    spec: {
      template: {
        metadata: { annotations: { "container.apparmor.security.beta.kubernetes.io/main": value } },
        spec: pod(),
      },
    },
  });

table(securityModules, {
  passes: {
    "nothing said": deployment(),
    "a container's type": shared({ seLinuxOptions: { type: "container_t" } }),
    "the runtime's AppArmor profile by annotation": annotated("runtime/default"),
    "the node's AppArmor profile by annotation": annotated("localhost/strict"),
    "no AppArmor profile by annotation": annotated(""),
  },
  violates: {
    "a profile that isn't one": [shared({ appArmorProfile: { type: "unconfined" } }), "appArmorProfile"],
    "no AppArmor": [shared({ appArmorProfile: { type: "Unconfined" } }), "appArmorProfile"],
    "no AppArmor by annotation": [annotated("unconfined"), "'unconfined' takes the place of AppArmor's profile"],
    "another SELinux type": [shared({ seLinuxOptions: { type: "spc_t" } }), "seLinuxOptions"],
    "another SELinux user": [deployment({}, { securityContext: { seLinuxOptions: { user: "system_u" } } }), "(main)"],
    "a process of a Windows host": [shared({ windowsOptions: { hostProcess: true } }), "hostProcess"],
  },
});
