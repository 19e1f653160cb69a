// AppArmor and SELinux must stay on, with the runtime's profiles.
import { podRule } from "../../kinds/pods.ts";
import type { Report } from "../../rule.ts";
import { anyOf, each, independently } from "../../unknown.ts";
import { at, type Fields, fields, isOn } from "../../values.ts";

const annotation = "container.apparmor.security.beta.kubernetes.io/";

/** Values that Pod Security allows, in the field and in the annotation that came before it. */
const profileTypes = new Set(["RuntimeDefault", "Localhost"]);
const isProfile = (value: unknown) => /^(|runtime\/default|localhost\/.*)$/.test(String(value ?? ""));

const seLinuxTypes = new Set(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]);

export const securityModules = podRule({
  name: "security-modules",
  severity: "high",
  description:
    "AppArmor keeps one of its profiles, SELinux uses a container type, and no container is a process of a Windows host.",
  remedy: "Leave appArmorProfile, seLinuxOptions and windowsOptions out.",
  check: (pod, report) =>
    independently(
      () => checkContext(() => pod.ownSecurity, pod.securityPath, report),
      () =>
        each(pod.containers, ({ container, path }) =>
          checkContext(() => fields(container.securityContext), `${path}.securityContext`, report),
        ),
      () => {
        const annotations = fields(pod.metadata.annotations);
        each(Object.keys(annotations), (name) => {
          if (name.startsWith(annotation) && !isProfile(annotations[name]))
            report(
              `${pod.metadataPath}.annotations["${name}"]`,
              `'${annotations[name]}' takes the place of AppArmor's profile`,
              "leave it out",
            );
        });
      },
    ),
});

function checkContext(context: () => Fields, where: string, report: Report): void {
  independently(
    () => {
      const { appArmorProfile } = context();
      if (appArmorProfile === undefined || appArmorProfile === null) return;
      const { type } = fields(appArmorProfile);
      if (!profileTypes.has(String(type)))
        report(`${where}.appArmorProfile.type`, `'${type}' takes the place of AppArmor's profile`, "leave it out");
    },
    () => {
      const options = fields(context().seLinuxOptions);
      const leaves = anyOf(
        () => !seLinuxTypes.has(String(options.type ?? "")),
        () => !!options.user,
        () => !!options.role,
      );
      if (leaves) report(`${where}.seLinuxOptions`, "it replaces the container's SELinux type", "leave it out");
    },
    () => {
      if (isOn(at(context(), "windowsOptions", "hostProcess")))
        report(`${where}.windowsOptions.hostProcess`, "the container is a process of the host", "leave it out");
    },
  );
}
