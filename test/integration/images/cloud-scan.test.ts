// Cloud Build's scan for vulnerabilities: the step's own script, with the real grype, writes the record that make up writes.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildSteps } from "../../../components/gcp/image-build-steps.ts";
import type { ScanRecord } from "../../../components/security/scan-record.ts";
import { documentOf } from "../../../embedded/images/attest/spdx.ts";
import { findVulnerabilities, grypeBuild } from "../../../embedded/images/attest/vulnerabilities.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { archive } from "./local-registry.ts";
import { makeDatabase } from "./vulnerability-database.ts";

const workspace = mkdtempSync(join(tmpdir(), "cloud-build-"));
let database: string;
beforeAll(async () => {
  const npm = { id: "GHSA-aaaa-bbbb-cccc", name: "left", range: "< 2.0.0", fixedIn: "2.0.0" };
  database = await makeDatabase(workspace, { debian: [], npm: [{ ...npm, severity: "Medium" }] });
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

it.each([
  ["finds what is known", "left", { medium: 1, low: 0, critical: 0 }],
  ["finds nothing where nothing is known, and says that it looked", "right", { medium: 0 }],
])("%s", async (_, name, findings) => {
  const tools = { docker: "d", cosign: "c", syft: "s", grype: "g" };
  const plan = { registry: "r", dockerfiles: { app: "Dockerfile" }, tools, signingKey: "k", builder: "b", database };
  const sbom = documentOf(
    await archive(workspace, name),
    [{ uri: `pkg:npm/${name}@1.3.0`, digest: { sha512: "00" } }],
    new Date(),
  );
  writeFileSync(join(workspace, "app.spdx.json"), JSON.stringify(sbom));
  // As Cloud Build passes it on, with this machine's paths in the place of the image's.
  const script = String(buildSteps(plan).find(({ id }) => id === "scan")?.args[1])
    .replaceAll("$$", "$")
    .replaceAll("/workspace/", `${workspace}/`)
    .replaceAll("/grype ", `${await ensureGoProgram(grypeBuild())} `);
  const env = { ...process.env, GRYPE_DB_CACHE_DIR: join(workspace, "db") };
  await promisify(execFile)("sh", ["-ceu", script], { env });
  const record = JSON.parse(readFileSync(join(workspace, "app.scan.json"), "utf8")) as ScanRecord;
  const expected = await findVulnerabilities(sbom, { ref: "app", database, progress: () => {} });
  expect(record).toEqual({
    ...expected,
    scanner: { ...expected.scanner, db: { ...expected.scanner.db, uri: database } },
    metadata: { scanStartedOn: expect.any(String), scanFinishedOn: expect.any(String) },
  });
  expect(record.scanner.result?.findings).toMatchObject(findings);
  expect(Date.parse(record.metadata.scanFinishedOn)).toBeGreaterThan(Date.now() - 60_000);
});
