// Which generations of passwords and tokens an instance has: in a file of its own, since several instances share the stack's file.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { RotationConfig } from "../../stacks/config/rotation.ts";
import { stateDir } from "../node/paths.ts";
import { replaceFile } from "../node/replace-file.ts";
import { instanceName } from "./instance.ts";

const file = () => stateDir(instanceName, "rotation.json");

/** The instance's; undefined where the stack's file is as good for it as for any. */
export function ownRotation(): RotationConfig | undefined {
  return existsSync(file()) ? (JSON.parse(readFileSync(file(), "utf8")) as RotationConfig) : undefined;
}

/** Keeps them for every command from now on. */
export function keepRotation(rotation: RotationConfig): void {
  mkdirSync(dirname(file()), { recursive: true, mode: 0o700 });
  replaceFile(file(), JSON.stringify(rotation));
}
