// What is stated about images: materials, provenance and SBOM, and the envelopes that a key signs.
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Archive } from "../../../embedded/images/archive.ts";
import { claimsAbout } from "../../../embedded/images/attest/claims.ts";
import { builderOf, builders, type Provenance, provenance } from "../../../embedded/images/attest/provenance.ts";
import { documentOf } from "../../../embedded/images/attest/spdx.ts";
import {
  type Claim,
  predicateTypes,
  signStatement,
  statementOf,
  verifiedStatement,
} from "../../../embedded/images/attest/statement.ts";
import { verifyBundle } from "../../../embedded/images/attest/verify.ts";
import { debianMaterial, npmMaterials, sourceMaterial } from "../../../embedded/images/materials.ts";
import { type SigningKey, signingKey } from "../../../embedded/images/publish/signing.ts";

const digest = `sha256:${"a".repeat(64)}`;
const time = new Date("2026-11-29T10:00:00.123Z");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
let dir: string;
let key: SigningKey;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "attest-"));
  key = signingKey(join(dir, "key.pem"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const debian = debianMaterial(
  { name: "libc6", version: "1:2.36-9+deb12u1", architecture: "amd64", distribution: "debian-12" },
  Buffer.from("deb"),
);
const archive: Archive = { ref: "localhost/acme/app:1", path: "/app.tar", digest, materials: [debian] };

describe("materials", () => {
  it("name a Debian package by its package URL and its archive's digest", () => {
    expect(debian).toEqual({
      uri: "pkg:deb/debian/libc6@1%3A2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12",
      digest: { sha256: sha256("deb") },
    });
  });

  it("name the source package of a Debian package, with its version where that is another one", () => {
    const of = (source: string) =>
      debianMaterial(
        { name: "a", version: "1-1+b2", architecture: "all", distribution: "debian-12", source },
        Buffer.of(),
      );
    expect(of("glibc").uri).toMatch(/&upstream=glibc$/);
    expect(of("gcc-12 (12.2.0-14)").uri).toMatch(/&upstream=gcc-12%4012\.2\.0-14$/);
    expect(of("").uri).not.toContain("upstream");
  });

  it("name npm's packages once each, with the digest of the lock file, and no workspace", () => {
    const integrity = `sha512-${Buffer.from("digest").toString("base64")}`;
    const lock = join(dir, "package-lock.json");
    const packages = {
      "": { version: "1.0.0" },
      "node_modules/@scope/a": { version: "1.2.3", integrity },
      "b/node_modules/@scope/a": { version: "1.2.3", integrity },
      "node_modules/own": { link: true },
    };
    writeFileSync(lock, JSON.stringify({ packages }));
    expect(npmMaterials(lock)).toEqual([
      { uri: "pkg:npm/%40scope/a@1.2.3", digest: { sha512: Buffer.from("digest").toString("hex") } },
    ]);
  });

  it("have one digest for all sources, as sha256sum and sort compute it, whatever their order", () => {
    const files = ["b", "a"].map((path) => ({ path, sha256: sha256(path) }));
    const expected = sha256(`${sha256("a")}  a\n${sha256("b")}  b\n`);
    expect(sourceMaterial("file:x", files)).toEqual({ uri: "file:x", digest: { dirHash: expected } });
    expect(sourceMaterial("file:x", files.toReversed())).toEqual(sourceMaterial("file:x", files));
  });
});

describe("provenance", () => {
  it("names the builder, the parameters, the materials and the time", () => {
    const { predicateType, predicate } = provenance(archive, time);
    expect(predicateType).toBe("https://slsa.dev/provenance/v1");
    expect(predicate).toMatchObject({
      buildDefinition: { externalParameters: { image: archive.ref }, resolvedDependencies: [debian] },
      runDetails: { builder: { id: builders.built }, metadata: { finishedOn: time.toISOString() } },
    });
  });

  it("says of an image that was not built here that it was imported, and from what", () => {
    const { materials: _, ...imported } = archive;
    expect(builderOf(imported)).toBe(builders.imported);
    const { buildDefinition, runDetails } = provenance(imported, time).predicate as Provenance;
    expect(runDetails.builder.id).toBe(builders.imported);
    expect(buildDefinition.resolvedDependencies).toEqual([
      { name: "app.tar", uri: "oci:localhost/acme/app:1", digest: { sha256: "a".repeat(64) } },
    ]);
  });

  it("is stated again after a month, and other claims never", () => {
    const { isCurrent } = claimsAbout(archive);
    const ago = (days: number) => provenance(archive, new Date(Date.now() - days * 86_400_000));
    expect([isCurrent(ago(29)), isCurrent(ago(31))]).toEqual([true, false]);
    expect(isCurrent({ predicateType: predicateTypes.provenance, predicate: {} })).toBe(false);
    expect(isCurrent({ predicateType: predicateTypes.sbom, predicate: {} })).toBe(true);
  });
});

describe("an SBOM", () => {
  it("has the image, and in it each material with its package URL and digest", () => {
    const document = documentOf(archive, [debian, sourceMaterial("file:app", [])], time);
    expect(document).toMatchObject({ spdxVersion: "SPDX-2.3", creationInfo: { created: "2026-11-29T10:00:00Z" } });
    const [image, libc, source] = document.packages;
    expect(image).toMatchObject({ versionInfo: "1", checksums: [{ checksumValue: "a".repeat(64) }] });
    expect(libc).toMatchObject({
      name: "libc6",
      versionInfo: "1:2.36-9+deb12u1",
      checksums: [{ algorithm: "SHA256", checksumValue: sha256("deb") }],
      externalRefs: [{ referenceType: "purl", referenceLocator: debian.uri }],
    });
    // SPDX has no name for a digest of a folder.
    expect(source).toMatchObject({ name: "file:app" });
    expect(source).not.toHaveProperty("checksums");
    expect(document.relationships.map(({ relationshipType }) => relationshipType)).toEqual([
      "DESCRIBES",
      "CONTAINS",
      "CONTAINS",
    ]);
  });
});

describe("what nobody scanned", () => {
  it("has a record without a result, which no reader can take for a scan without findings", async () => {
    const scan = (await claimsAbout(archive).make()).find(
      ({ predicateType }) => predicateType === predicateTypes.vulnerabilities,
    );
    expect(scan?.predicate).toMatchObject({ scanned: false, scanner: { result: null } });
  });
});

describe("a signed statement", () => {
  const claim: Claim = { predicateType: "https://example.com/claim", predicate: { a: 1 } };
  const statement = () => statementOf({ name: "acme/app", digest }, claim);
  const other = () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" });

  it("is valid for its key and its image alone", () => {
    const { dsseEnvelope } = signStatement(statement(), key);
    if (!dsseEnvelope) throw new Error("no envelope");
    expect(verifiedStatement(dsseEnvelope, { publicKey: key.publicKey, digest })).toEqual(statement());
    expect(verifiedStatement(dsseEnvelope, { publicKey: String(other()), digest })).toBeUndefined();
    const elsewhere = { publicKey: key.publicKey, digest: `sha256:${"b".repeat(64)}` };
    expect(verifiedStatement(dsseEnvelope, elsewhere)).toBeUndefined();
  });

  it("is a bundle that Sigstore's own library accepts for that key, and refuses altered or for another", () => {
    const bundle = signStatement(statement(), key);
    expect(verifyBundle(bundle, key.publicKey)).toEqual(statement());
    expect(() => verifyBundle(bundle, String(other()))).toThrow("another key signed it");
    const payload = Buffer.from(JSON.stringify({ ...statement(), predicate: { a: 2 } })).toString("base64");
    const altered = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } };
    expect(() => verifyBundle(altered, key.publicKey)).toThrow("signature verification failed");
  });
});
