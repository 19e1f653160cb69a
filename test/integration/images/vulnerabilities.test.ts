// Images whose SBOM grype has compared with a database from the bundle folder, and what policies on that admit. Scanners, registry and
// the policy controller's own judge are real; the database is of few records.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attestation } from "../../../components/security/image-authority.ts";
import type { ScanRecord } from "../../../components/security/scan-record.ts";
import { scanPolicy } from "../../../components/security/statement-policies.ts";
import type { Archive } from "../../../embedded/images/archive.ts";
import { claimsAbout } from "../../../embedded/images/attest/claims.ts";
import { builders } from "../../../embedded/images/attest/provenance.ts";
import { predicateTypes } from "../../../embedded/images/attest/statement.ts";
import { verifyImage } from "../../../embedded/images/attest/verify.ts";
import { bundle, bundledDatabase } from "../../../embedded/images/bundle.ts";
import { debianMaterial } from "../../../embedded/images/materials.ts";
import { attachedStatements, attestImage } from "../../../embedded/images/publish/attestations.ts";
import { publish, publishable, repositoryOf } from "../../../embedded/images/publish/publish.ts";
import { type SignedImage, signingKey } from "../../../embedded/images/publish/signing.ts";
import { policyControllerBuild } from "../../../embedded/images/recipes/go.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { archive as junk, startRegistry, type TestRegistry } from "./local-registry.ts";
import { writeImage } from "./third-party.ts";
import { makeDatabase } from "./vulnerability-database.ts";

let local: TestRegistry;
let folder: string;
let database: string;
let tester: string;
/** An image from the bundle folder, and one that was built here. */
let imported: Archive;
let built: Archive;
/** What was found in the latter. */
let found: ScanRecord;

const key = () => signingKey(join(local.dir, "key.pem"));
const imageOf = ({ ref, digest }: Archive): SignedImage => {
  const repository = repositoryOf(ref);
  return { registry: local.registry, repository, digest, name: `${local.host}/${repository}` };
};
const publishWith = (archive: Archive, path?: string) =>
  publish([archive], {
    ...{ registry: local.registry, host: local.host, key: key() },
    claims: (about, progress) => claimsAbout(about, progress, path),
  });
const recordOf = async (archive: Archive) => {
  const statements = await attachedStatements(imageOf(archive), key().publicKey);
  return statements.find(({ predicateType }) => predicateType === predicateTypes.vulnerabilities)
    ?.predicate as ScanRecord;
};

beforeAll(async () => {
  local = await startRegistry({ plain: true });
  const made = await makeDatabase(local.dir, {
    debian: [
      { id: "CVE-2026-90001", source: "leaky", severity: "Critical", fixedIn: "1.1-1" },
      { id: "CVE-2026-90002", source: "leaky", severity: "Low", fixedIn: "1.0-2" },
      { id: "CVE-2026-90003", source: "leaky", severity: "High", fixedIn: "0.9-1" },
      { id: "CVE-2026-90004", source: "drip", severity: "Low", fixedIn: "2.0-2" },
    ],
    npm: [{ id: "GHSA-aaaa-bbbb-cccc", name: "left", severity: "Medium", range: "< 2.0.0", fixedIn: "2.0.0" }],
  });
  folder = join(local.dir, "bundle");
  mkdirSync(folder);
  copyFileSync(made, join(folder, basename(made)));
  await writeImage(join(folder, "third-party.tar"), "example.com/third/party:1", {
    // What syft finds is kept by digest: here it looks each time.
    "etc/machine-id": randomUUID(),
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
    "var/lib/dpkg/status": [
      "Package: libleaky1\nSource: leaky\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\nMaintainer: us\nDescription: leaks\n",
      "Package: sound\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0-1\nMaintainer: us\nDescription: sound\n\n",
    ].join("\n"),
  });
  database = (await bundledDatabase(folder)) ?? "";
  imported = await publishable((await bundle(folder))[0] as Archive);
  // Its version says nothing: the source package has another one.
  const debian = { name: "libdrip1", version: "1:9-1", architecture: "amd64", distribution: "debian-12" };
  built = {
    ...(await junk(local.dir, "built")),
    materials: [
      debianMaterial({ ...debian, source: "drip (2.0-1)" }, Buffer.from("deb")),
      { uri: "pkg:npm/left@1.3.0", digest: { sha512: "00" } },
    ],
  };
  tester = await ensureGoProgram({
    ...policyControllerBuild(),
    name: "policy-tester",
    package: "github.com/sigstore/policy-controller/cmd/tester",
  });
  await publishWith(imported, database);
  await publishWith(built, database);
  found = await recordOf(built);
  // On a new machine the scanners are compiled here, beside the other suites.
}, 900_000);
afterAll(() => local?.stop());

describe("an image from the bundle folder", () => {
  it("has the SBOM of what syft finds in it, and the vulnerabilities that grype finds in that", async () => {
    const statements = await attachedStatements(imageOf(imported), key().publicKey);
    const sbom = statements.find(({ predicateType }) => predicateType === predicateTypes.sbom);
    expect(JSON.stringify(sbom?.predicate)).toContain("pkg:deb/debian/libleaky1@1.0-1?arch=amd64&distro=debian-12");
    const { scanned, scanner, metadata } = await recordOf(imported);
    expect(scanned).toBe(true);
    expect(scanner).toMatchObject({
      uri: "pkg:golang/github.com/anchore/grype",
      version: expect.stringMatching(/^0\.\d+\.\d+$/),
      db: {
        uri: `file:${basename(database)}`,
        version: expect.stringMatching(/^v?6\./),
        lastUpdate: expect.stringMatching(/^2\d{3}-\d\d-\d\dT.*Z$/),
      },
    });
    expect(scanner.result?.findings).toEqual({ critical: 1, high: 0, medium: 0, low: 1, negligible: 0, unknown: 0 });
    expect(scanner.result?.vulnerabilities).toEqual([
      {
        ...{ id: "CVE-2026-90001", severity: "critical", fixedIn: ["1.1-1"] },
        package: expect.stringContaining("libleaky1@1.0-1"),
      },
      expect.objectContaining({ id: "CVE-2026-90002", severity: "low" }),
    ]);
    expect(Date.parse(metadata.scanFinishedOn)).toBeGreaterThanOrEqual(Date.parse(metadata.scanStartedOn));
  });

  it("is verified with what was found and by which database", async () => {
    const expected = { publicKey: key().publicKey, builders: [builders.imported], maxAgeDays: 1 };
    const findings = await verifyImage(imageOf(imported), expected);
    expect(findings.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(findings.find(({ subject }) => subject === "vulnerabilities")?.text).toMatch(
      /^1 critical, 1 low, by pkg:golang\/github\.com\/anchore\/grype 0\.\d+\.\d+ on 2.* with the database of 2/,
    );
  });
});

describe("an image that was built here", () => {
  it("is scanned by what its layers were made of: Debian's by source package, with that one's version, and npm's", async () => {
    expect(found.scanner.result?.vulnerabilities).toEqual([
      { id: "GHSA-aaaa-bbbb-cccc", severity: "medium", package: "pkg:npm/left@1.3.0", fixedIn: ["2.0.0"] },
      {
        ...{ id: "CVE-2026-90004", severity: "low", fixedIn: ["2.0-2"] },
        package: expect.stringMatching(/^pkg:deb\/debian\/libdrip1@.*&upstream=drip%402\.0-1$/),
      },
    ]);
  });
});

describe("a scan", () => {
  it("is done again with a newer database only, and stays true of its day without one", async () => {
    expect((await publishWith(built, database)).attested).toBe(0);
    expect((await publishWith(built)).attested).toBe(0);
    const newer = join(folder, basename(database).replace(/_\d+\.tar/, "_4000000000.tar"));
    copyFileSync(database, newer);
    expect(await bundledDatabase(folder)).toBe(newer);
    expect((await publishWith(built, newer)).attested).toBe(1);
    expect((await recordOf(built)).scanner.db.uri).toBe(`file:${basename(newer)}`);
  });

  it("fails where the database is none, with its name", async () => {
    const path = join(local.dir, "vulnerability-db_v6.1.0_2026-01-01T00:00:00Z_1.tar.gz");
    writeFileSync(path, "none");
    await expect(publishWith(built, path)).rejects.toThrow(/vulnerability-db_v6.*can't be read by grype 0\./);
  });
});

describe("what CI attests", () => {
  const script = join(import.meta.dirname, "../../../embedded/images/attest/write-predicates.ts");
  const github = {
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "acme/platform",
    GITHUB_WORKFLOW_REF: "acme/platform/.github/workflows/images.yml@refs/tags/v1.0.0",
    GITHUB_SHA: "0123456789abcdef",
    GITHUB_RUN_ID: "7",
    GITHUB_RUN_ATTEMPT: "2",
  };
  const write = (args: string[], env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, [script, ...args], {
      env: { ...process.env, SYFT_REGISTRY_INSECURE_USE_HTTP: "true", ...env },
    });

  it("is what make up attests, of an image in a registry, with the workflow as its builder", async () => {
    const { name, digest } = imageOf(imported);
    const out = join(local.dir, "predicates");
    const args = ["--image", `${name}@${digest}`, "--dockerfile", "agents/Dockerfile", "--out", out];
    await write([...args, "--database", database], github);
    const written = (file: string) => JSON.parse(readFileSync(join(out, `${file}.json`), "utf8"));
    expect(JSON.stringify(written("sbom"))).toContain("pkg:deb/debian/libleaky1@1.0-1");
    expect(written("scan").scanner.result).toEqual((await recordOf(imported)).scanner.result);
    expect(written("provenance")).toEqual({
      buildDefinition: {
        buildType: "https://agentic.io/build-types/dockerfile/v1",
        externalParameters: { image: name, dockerfile: "agents/Dockerfile" },
        resolvedDependencies: [
          { uri: "git+https://github.com/acme/platform", digest: { gitCommit: github.GITHUB_SHA } },
        ],
      },
      runDetails: {
        builder: { id: "https://github.com/acme/platform/.github/workflows/images.yml" },
        metadata: {
          invocationId: "https://github.com/acme/platform/actions/runs/7/attempts/2",
          finishedOn: expect.stringMatching(/Z$/),
        },
      },
    });
  });

  it("is nothing for a tag, which can be moved", async () => {
    const { name } = imageOf(imported);
    const args = ["--image", `${name}:1`, "--dockerfile", "agents/Dockerfile", "--out", local.dir];
    await expect(write(args, github)).rejects.toThrow(/usage: npm run attest -- --image <name>@sha256:/);
  });
});

/** What the policy controller says of an image by a policy on its scan: nothing where it admits it. */
async function verdict(image: SignedImage, scan: Attestation["scan"]): Promise<string> {
  const attestations = [
    { name: "scan", predicateType: predicateTypes.vulnerabilities, policy: scan && { ...scanPolicy(scan) } },
  ];
  const authority = { name: "us", key: { data: key().publicKey, hashAlgorithm: "sha256" }, signatureFormat: "legacy" };
  const policy = {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name: "scanned" },
    spec: { images: [{ glob: "**" }], authorities: [{ ...authority, attestations }] },
  };
  const file = join(local.dir, "policy.yaml");
  writeFileSync(file, JSON.stringify(policy));
  const asked = promisify(execFile)(tester, ["--policy", file, "--image", `${image.name}@${image.digest}`]);
  return await asked.then(
    () => "",
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );
}

/** The built image, with another record of its scan. */
async function recorded(change: (record: ScanRecord) => void): Promise<SignedImage> {
  const record = structuredClone(found);
  change(record);
  await attestImage(imageOf(built), key(), {
    types: [predicateTypes.vulnerabilities],
    isCurrent: () => false,
    make: async () => [{ predicateType: predicateTypes.vulnerabilities, predicate: record }],
  });
  return imageOf(built);
}

describe("a policy on the scan", () => {
  it("admits by the severity that it names", async () => {
    expect(await verdict(imageOf(imported), { maxAgeDays: 7 })).toBe("");
    expect(await verdict(imageOf(imported), { maxAgeDays: 7, failOn: "critical" })).toContain(
      "it has known vulnerabilities of severity critical: 1",
    );
    const low = await verdict(imageOf(imported), { maxAgeDays: 7, failOn: "low" });
    expect(low).toContain("of severity critical: 1; it has known vulnerabilities of severity low: 1");
    expect(await verdict(imageOf(built), { maxAgeDays: 7, failOn: "high" })).toBe("");
    expect(await verdict(imageOf(built), { maxAgeDays: 7, failOn: "medium" })).toContain("of severity medium: 1");
  });

  it.each<[what: string, change: (record: ScanRecord) => void, message: string]>([
    [
      "is old",
      ({ metadata }) => {
        metadata.scanFinishedOn = "2026-01-01T00:00:00Z";
      },
      "its scan for vulnerabilities has expired: it was done on '2026-01-01T00:00:00Z', and is good for 7 days",
    ],
    [
      "is of an old database",
      ({ scanner }) => {
        scanner.db.lastUpdate = "2026-01-01T00:00:00Z";
      },
      "the database of its scan for vulnerabilities has expired: it is of '2026-01-01T00:00:00Z'",
    ],
    [
      "has no result",
      ({ scanner }) => {
        scanner.result = null;
      },
      "nothing was scanned for vulnerabilities",
    ],
    [
      "doesn't count what it found",
      ({ scanner }) => {
        Object.assign(scanner, { result: { matches: [] } });
      },
      "its scan doesn't say how many vulnerabilities of severity critical there are",
    ],
  ])("refuses a scan that %s", async (_, change, message) => {
    const scan = { maxAgeDays: 7, failOn: "critical" } as const;
    expect(await verdict(await recorded(() => {}), scan)).toBe("");
    expect(await verdict(await recorded(change), scan)).toContain(message);
  });
});
