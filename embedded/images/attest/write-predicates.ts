// Writes what is stated about an image that CI has built and pushed, as files that cosign attests: npm run attest -- --image … --dockerfile … --out …
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dockerfileProvenance } from "../../../components/security/dockerfile-provenance.ts";
import { listPublished } from "./scan.ts";
import { findVulnerabilities } from "./vulnerabilities.ts";

const usage = "npm run attest -- --image <name>@sha256:<digest> --dockerfile <path> --out <folder> [--database <file>]";

const { values } = parseArgs({
  options: {
    image: { type: "string" },
    dockerfile: { type: "string" },
    out: { type: "string" },
    database: { type: "string" },
  },
});
const { image = "", dockerfile = "", out = "", database } = values;
const [, name = ""] = /^([^@]+)@sha256:[0-9a-f]{64}$/.exec(image) ?? [];
if (!name || !dockerfile || !out) throw new Error(`usage: ${usage}`);

/** A variable that GitHub Actions sets for every step. */
function variable(key: string): string {
  const value = process.env[key];
  if (!value) throw new Error(`${key} is not set: this runs in a workflow of GitHub Actions`);
  return value;
}

const server = `${variable("GITHUB_SERVER_URL")}/${variable("GITHUB_REPOSITORY")}`;
// Without the ref of the run, which a tag changes with each release: a policy names the workflow, and the certificate has the ref.
const [workflow = ""] = variable("GITHUB_WORKFLOW_REF").split("@");
const provenance = dockerfileProvenance({
  image: name,
  dockerfile,
  repository: `git+${server}`,
  commit: variable("GITHUB_SHA"),
  builder: `${variable("GITHUB_SERVER_URL")}/${workflow}`,
  invocationId: `${server}/actions/runs/${variable("GITHUB_RUN_ID")}/attempts/${variable("GITHUB_RUN_ATTEMPT")}`,
  finishedOn: new Date().toISOString(),
});
const progress = (step: string) => console.log(step);
const sbom = await listPublished(image, progress);
const scan = await findVulnerabilities(sbom, { ref: image, progress, ...(database ? { database } : {}) });
mkdirSync(out, { recursive: true });
for (const [file, predicate] of Object.entries({ provenance, sbom, scan }))
  writeFileSync(join(out, `${file}.json`), JSON.stringify(predicate));
