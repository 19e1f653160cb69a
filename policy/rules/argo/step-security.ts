// Steps hold to Pod Security restricted, as everything else does.
import { stepRule } from "../../kinds/workflows.ts";
import { at, fields, items, texts } from "../../values.ts";

export const stepSecurity = stepRule(
  {
    name: "workflow-step-security",
    severity: "high",
    description: "Steps run restricted: not as root, filtered, without capabilities, on read-only files.",
    remedy: "Set the workflow's securityContext and that of the step's container as for any pod.",
  },
  ({ template, path, containers }, report, { spec }) => {
    const shared = { ...fields(spec.securityContext), ...fields(template.securityContext) };
    for (const volume of [...items(spec.volumes), ...items(template.volumes)])
      if (volume.hostPath !== undefined)
        report(`${path}.volumes (${volume.name})`, "hostPath reaches into the node", "use emptyDir or a claim");
    for (const { path: where, container } of containers) {
      const own = fields(container.securityContext);
      const set = (name: string, good: boolean, wrong: string, right: string) => {
        if (!good) report(`${where}.securityContext.${name}`, wrong, right);
      };
      set("runAsNonRoot", (own.runAsNonRoot ?? shared.runAsNonRoot) === true, "it may run as root", "set true");
      const profile = fields(own.seccompProfile ?? shared.seccompProfile).type;
      set(
        "seccompProfile.type",
        profile === "RuntimeDefault" || profile === "Localhost",
        "system calls are not filtered",
        "set RuntimeDefault, here or on the workflow",
      );
      set("privileged", own.privileged !== true, "the container is root on the node", "leave it out");
      set("allowPrivilegeEscalation", own.allowPrivilegeEscalation === false, "privileges may be raised", "set false");
      set("capabilities.drop", texts(at(own, "capabilities", "drop")).includes("ALL"), "some are left", "set [ALL]");
      set(
        "readOnlyRootFilesystem",
        own.readOnlyRootFilesystem === true,
        "the image's files can be changed",
        "set true",
      );
    }
  },
);
