// Pods hold to Pod Security `restricted` (kubernetes.io/docs/concepts/security/pod-security-standards), and their root
// file system is read-only besides.
import { containersOf, fields, items, objectRule, podOf, say } from "../objects.ts";

const volumeKinds = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

export const podSecurity = objectRule(
  "pod-security",
  "Pods hold to Pod Security restricted and have a read-only root file system.",
  (object, report) => {
    const pod = podOf(object);
    if (!pod) return;
    const { spec, path } = pod;
    for (const name of ["hostNetwork", "hostPID", "hostIPC"])
      if (spec[name] === true) report(say(`${path}.${name}`, "the pod shares the node's", "leave it out"));
    for (const volume of items(spec.volumes)) {
      const kind = Object.keys(volume).find((key) => key !== "name");
      if (kind && !volumeKinds.has(kind))
        report(say(`${path}.volumes (${volume.name})`, `${kind} reaches into the node`, "use emptyDir or a claim"));
    }
    const shared = fields(spec.securityContext);
    for (const { path: at, container } of containersOf(pod)) {
      const own = fields(container.securityContext);
      const where = `${at}.securityContext`;
      if ((own.runAsNonRoot ?? shared.runAsNonRoot) !== true)
        report(say(`${where}.runAsNonRoot`, "the container may run as root", "set true, here or on the pod"));
      if ((own.runAsUser ?? shared.runAsUser) === 0)
        report(say(`${where}.runAsUser`, "0 is root", "give a user id above 0"));
      const profile = fields(own.seccompProfile ?? shared.seccompProfile).type;
      if (profile !== "RuntimeDefault" && profile !== "Localhost")
        report(say(`${where}.seccompProfile.type`, "system calls are not filtered", "set RuntimeDefault"));
      if (own.privileged === true) report(say(`${where}.privileged`, "it is root on the node", "leave it out"));
      if (own.allowPrivilegeEscalation !== false)
        report(say(`${where}.allowPrivilegeEscalation`, "setuid programs may raise privileges", "set false"));
      const { drop, add } = fields(own.capabilities);
      if (!(Array.isArray(drop) && drop.includes("ALL")))
        report(say(`${where}.capabilities.drop`, "capabilities are left", "set [ALL]"));
      if (Array.isArray(add) && add.some((one) => one !== "NET_BIND_SERVICE"))
        report(say(`${where}.capabilities.add`, `${add.join(", ")} are added`, "only NET_BIND_SERVICE may be"));
      if (own.readOnlyRootFilesystem !== true)
        report(
          say(`${where}.readOnlyRootFilesystem`, "the image can be changed", "set true, with an emptyDir to write to"),
        );
    }
  },
);
