// AppArmor and SELinux stay on, with the profiles of the runtime.
import { podRule } from "../../kinds/pods.ts";
import { at, fields } from "../../values.ts";

const seLinuxTypes = new Set(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]);

export const securityModules = podRule(
  {
    name: "security-modules",
    severity: "high",
    description:
      "AppArmor is not switched off, SELinux has a container's type, and no container is a Windows host's process.",
    remedy: "Leave appArmorProfile, seLinuxOptions and windowsOptions out.",
  },
  ({ spec, path, metadata, containers }, report) => {
    for (const { context, where } of [
      { context: fields(spec.securityContext), where: `${path}.securityContext` },
      ...containers.map(({ container, path: at }) => ({
        context: fields(container.securityContext),
        where: `${at}.securityContext`,
      })),
    ]) {
      if (at(context, "appArmorProfile", "type") === "Unconfined")
        report(`${where}.appArmorProfile.type`, "Unconfined switches AppArmor off", "leave it out");
      const { type, user, role } = fields(context.seLinuxOptions);
      if ((type !== undefined && !seLinuxTypes.has(String(type))) || user || role)
        report(`${where}.seLinuxOptions`, "it leaves the container's SELinux type", "leave it out");
      if (at(context, "windowsOptions", "hostProcess") === true)
        report(`${where}.windowsOptions.hostProcess`, "the container is a process of the host", "leave it out");
    }
    for (const [name, value] of Object.entries(fields(metadata.annotations)))
      if (name.startsWith("container.apparmor.security.beta.kubernetes.io/") && value === "unconfined")
        report(`metadata.annotations["${name}"]`, "unconfined switches AppArmor off", "leave it out");
  },
);
