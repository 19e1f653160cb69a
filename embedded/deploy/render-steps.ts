// The kubectl commands that apply a render to a cluster, even an empty one.
import { dirname } from "node:path";
import { definitionsFolder } from "./render.ts";

/** A command, and the definitions that it needs in the cluster besides those of the render. */
export interface ApplyStep {
  command: string;
  /** Group of an API whose definitions come from elsewhere, such as `cert-manager.io`. */
  needs?: string;
}

/**
 * The commands in order; each needs the one before to have succeeded. Definitions come first: kubectl can't send objects of a kind that the
 * API server doesn't know. Objects of kinds that another program defines come last.
 */
export function applySteps(folder: string, files: readonly string[]): ApplyStep[] {
  const apply = (path: string) => `kubectl apply --server-side -f ${path}`;
  const folders = [...new Set(files.map(dirname))].sort();
  const definitions = `${folder}/${definitionsFolder}`;
  return [
    ...(folders.includes(definitionsFolder)
      ? [
          { command: apply(definitions) },
          { command: `kubectl wait --for=condition=Established --timeout=60s -f ${definitions}` },
        ]
      : []),
    ...(folders.includes(".") ? [{ command: apply(folder) }] : []),
    ...folders
      .filter((name) => name !== "." && name !== definitionsFolder)
      .map((name) => ({ command: apply(`${folder}/${name}`), needs: name })),
  ];
}

/** The commands for people to read. */
export function applyWords(folder: string, files: readonly string[]): string {
  const line = ({ command, needs }: ApplyStep) =>
    `${needs ? `once the cluster has the definitions of ${needs}:\n` : ""}  ${command}`;
  return ["to apply them to a cluster, even an empty one:", ...applySteps(folder, files).map(line)].join("\n");
}
