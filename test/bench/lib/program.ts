// The program of one of our own images, as a pod runs it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OwnImage } from "../../../embedded/images/own.ts";
import { writeProgram } from "../../../embedded/images/program.ts";

/** A program that lies in a folder of its own. */
export interface Program {
  /** Path of its entry. */
  main: string;
  remove(): void;
}

/** Makes the program. */
export async function makeProgram(image: OwnImage): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "bench-program-"));
  await writeProgram(image, folder);
  return {
    main: join(folder, image.folder, "main.mjs"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
