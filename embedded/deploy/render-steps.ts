// How a render is brought to a cluster by kubectl, an empty one too.
import { dirname } from "node:path";
import { definitionsFolder } from "./render.ts";

/** What is run, and what the cluster must have for it beyond what the render brings. */
export interface ApplyStep {
  command: string;
  /** Group of an API whose definitions come from elsewhere, such as `cert-manager.io`. */
  needs?: string;
}

/**
 * The commands in order, each for when the one before has succeeded. Definitions come first: kubectl sends nothing of a kind that the
 * API server doesn't know yet. What another program defines comes last.
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
  return ["to bring them to a cluster, an empty one too:", ...applySteps(folder, files).map(line)].join("\n");
}
