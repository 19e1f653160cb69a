// Files of mounted Secrets must be readable by owner and group only.
import type { Pod } from "../../kinds/pod.ts";
import { podRule } from "../../kinds/pods.ts";
import { changed, each, gather, textOf } from "../../unknown.ts";
import { type Fields, fields, items } from "../../values.ts";

const ownerAndGroup = 0o440;

/** A volume, or a part of a projected one, that has files of a Secret. */
interface SecretFiles {
  path: string;
  /** Has the files' `defaultMode`. */
  source: Fields;
  /** Each may have a mode of its own. */
  files: { path: string; file: Fields }[];
}

function secretsIn({ spec, path }: Pod): SecretFiles[] {
  return gather(items(spec.volumes), (volume, i) => {
    const where = `${path}.volumes[${i}] (${textOf(() => volume.name)})`;
    return gather(["secret", "projected"], (kind) => {
      if (volume[kind] === undefined || volume[kind] === null) return [];
      const source = fields(volume[kind]);
      if (kind === "secret") return [{ path: `${where}.secret`, source, files: filesOf(source, `${where}.secret`) }];
      const parts = gather(items(source.sources), ({ secret }, at) =>
        secret ? [filesOf(fields(secret), `${where}.projected.sources[${at}].secret`)] : [],
      );
      return parts.length > 0 ? [{ path: `${where}.projected`, source, files: parts.flat() }] : [];
    });
  });
}

const filesOf = (secret: Fields, path: string): SecretFiles["files"] =>
  gather(items(secret.items), (file, i) => [{ file, path: `${path}.items[${i}]` }]);

/** Kubernetes' own default is 0644. */
const modeOf = ({ source }: SecretFiles): number => Number(source.defaultMode ?? 0o644);

/** Whether others may read the files, or anybody may write or run them. */
const isOpen = (mode: number): boolean => (mode & ~ownerAndGroup) !== 0;

export const fileModes = podRule({
  name: "secret-file-modes",
  area: "secrets",
  severity: "medium",
  description: "Files of mounted Secrets are readable by owner and group only.",
  remedy: "Set the volume's secret.defaultMode to 0o440, with the pod's fsGroup.",
  check: (pod, report) =>
    each(secretsIn(pod), (secret) => {
      const say = (path: string, mode: number) =>
        report(path, `0${mode.toString(8)} lets others read it too`, "set 0440, with the pod's fsGroup");
      each(secret.files, ({ file: { mode }, path }) => {
        if (mode !== undefined && mode !== null && isOpen(Number(mode))) say(`${path}.mode`, Number(mode));
      });
      if (isOpen(modeOf(secret))) say(`${secret.path}.defaultMode`, modeOf(secret));
    }),
  fix: (pod) =>
    changed(secretsIn(pod), (secret) => {
      if (!isOpen(modeOf(secret))) return false;
      secret.source.defaultMode = ownerAndGroup;
      return true;
    }),
});
