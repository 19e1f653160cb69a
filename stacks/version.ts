// Version of the platform's release, which stands in the repository's package.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const platformVersion = (
  JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as { version: string }
).version;
