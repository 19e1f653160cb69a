// Writes recorded.json, the licences that no lock file states, from the downloads of `make up`, after which it is run: npm run licenses
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { collectLicenses } from "./collect.ts";
import { goModules, pythonPackages } from "./packages.ts";
import { readRecorded, recordedFile } from "./recorded.ts";

const goPath = process.env.GOPATH?.split(":")[0] || join(homedir(), "go");
const recorded = collectLicenses({
  go: Object.values(goModules()).flat(),
  python: pythonPackages(),
  moduleCache: process.env.GOMODCACHE || join(goPath, "pkg/mod"),
  previous: readRecorded(),
});
writeFileSync(recordedFile, `${JSON.stringify(recorded, null, 2)}\n`);
const counts = Object.entries(recorded).map(([kind, licenses]) => `${Object.keys(licenses).length} ${kind}`);
console.log(`${recordedFile}: packages of ${counts.join(", ")}`);
