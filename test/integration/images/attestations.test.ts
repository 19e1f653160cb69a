// What is attached to images in a registry, in both forms, and what the verifier says of it.
import { createPublicKey, verify } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Archive } from "../../../embedded/images/archive.ts";
import { claimsAbout } from "../../../embedded/images/attest/claims.ts";
import { builders } from "../../../embedded/images/attest/provenance.ts";
import { type Expectation, verifyImage } from "../../../embedded/images/attest/verify.ts";
import {
  attachedStatements,
  attestationTag,
  bundlePredicate,
  referrers,
  referrersTag,
} from "../../../embedded/images/publish/attestations.ts";
import { publish } from "../../../embedded/images/publish/publish.ts";
import { indexType, type Registry } from "../../../embedded/images/publish/registry.ts";
import { signingKey } from "../../../embedded/images/publish/signing.ts";
import { nonEmpty } from "../../non-empty.ts";
import { archive, claims, claimType, host, repository, startRegistry, type TestRegistry } from "./local-registry.ts";

let local: TestRegistry;
let dir: string;
let registry: Registry;
const key = () => signingKey(join(dir, "key.pem"));

beforeAll(async () => {
  local = await startRegistry();
  ({ dir, registry } = local);
});
afterAll(() => local?.stop());

describe("what is claimed about an image", () => {
  it("is attached as cosign's specifications have it, for the older form and as bundles", async () => {
    const app = await archive(dir, "claimed");
    await publish([app], { registry, host, key: key(), claims });
    const image = { registry, repository, digest: app.digest, name: `${host}/${repository}` };
    const { layers } = JSON.parse(String(await registry.manifest(repository, attestationTag(app.digest))));
    expect(layers).toHaveLength(1);
    expect(layers[0]).toMatchObject({
      mediaType: "application/vnd.dsse.envelope.v1+json",
      annotations: { predicateType: claimType },
    });
    const envelope = JSON.parse(String(await registry.blob(repository, layers[0].digest)));
    const payload = Buffer.from(envelope.payload, "base64");
    expect(JSON.parse(payload.toString())).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: image.name, digest: { sha256: app.digest.slice("sha256:".length) } }],
      predicateType: claimType,
      predicate: { by: "us" },
    });
    const signed = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload]);
    const [{ sig }] = envelope.signatures;
    expect(verify("sha256", signed, createPublicKey(key().publicKey), Buffer.from(sig, "base64"))).toBe(true);
    const listed = nonEmpty(await referrers(image));
    expect(listed.map(({ annotations }) => annotations?.[bundlePredicate]).sort()).toEqual([
      claimType,
      "https://sigstore.dev/cosign/sign/v1",
    ]);
    for (const { digest, artifactType } of listed) {
      expect(artifactType).toBe("application/vnd.dev.sigstore.bundle.v0.3+json");
      const manifest = JSON.parse(String(await registry.manifest(repository, digest)));
      expect(manifest).toMatchObject({ artifactType, subject: { digest: app.digest } });
    }
  });

  it("is attested again where it is no longer current, another key signed it, or it is about another image", async () => {
    const [app, stranger] = [await archive(dir, "renewed"), await archive(dir, "stranger")];
    const target = { registry, host, key: key(), claims };
    await publish([app, stranger], target);
    const image = { registry, repository, digest: app.digest, name: `${host}/${repository}` };
    const old = { ...target, claims: () => ({ ...claims(), isCurrent: () => false }) };
    expect((await publish([app], old)).attested).toBe(1);
    expect(await attachedStatements(image, key().publicKey)).toHaveLength(1);
    expect(await referrers(image)).toHaveLength(2);
    expect((await publish([app], { ...target, key: signingKey(join(dir, "third.pem")) })).attested).toBe(1);
    expect(await attachedStatements(image, key().publicKey)).toEqual([]);
    const others = (await registry.manifest(repository, attestationTag(stranger.digest))) ?? Buffer.alloc(0);
    await registry.putManifest(
      repository,
      attestationTag(app.digest),
      "application/vnd.oci.image.manifest.v1+json",
      others,
    );
    expect(await attachedStatements(image, key().publicKey)).toEqual([]);
    expect((await publish([app], target)).attested).toBe(1);
  });

  it("is verified offline by the key: all that is there, and what is missing or by another", async () => {
    const app: Archive = { ...(await archive(dir, "verified")), materials: [] };
    const material = { uri: "pkg:npm/a@1.0.0", digest: { sha512: "00" } };
    const about = (built: Archive) => ({ ...claimsAbout({ ...built, materials: [material] }), isCurrent: () => false });
    await publish([app], { registry, host, key: key(), claims: about });
    const image = { registry, repository, digest: app.digest, name: `${host}/${repository}` };
    const expected = { publicKey: key().publicKey, builders: [builders.built], maxAgeDays: 1 };
    const findings = async (changed: Partial<Expectation> = {}) =>
      Object.fromEntries(
        (await verifyImage(image, { ...expected, ...changed })).map(({ subject, ok, text }) => [
          subject,
          `${ok} ${text}`,
        ]),
      );
    expect(await findings()).toEqual({
      signature: "true valid, in both forms",
      provenance: expect.stringMatching(
        /^true built by https:\/\/agentic\.io\/builders\/make-up on .* from 1 materials$/,
      ),
      SBOM: "true SPDX-2.3, 2 packages",
      vulnerabilities: "true nothing was scanned",
    });
    expect((await findings({ builders: ["https://example.com"] })).provenance).toContain("and only these are admitted");
    expect((await findings({ maxAgeDays: 0 })).provenance).toContain("false expired");
    expect(await findings({ publicKey: signingKey(join(dir, "fourth.pem")).publicKey })).toEqual({
      signature: "false no signature and no bundle of this key: another key signed it",
      provenance: "false no attestation and no bundle of this key about this digest: another key signed it",
      SBOM: "false no attestation and no bundle of this key about this digest: another key signed it",
      vulnerabilities: "false no attestation and no bundle of this key about this digest: another key signed it",
    });
    const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [] });
    await registry.putManifest(repository, referrersTag(app.digest), indexType, Buffer.from(index));
    expect(await findings()).toMatchObject({
      signature: "false no bundle of this key",
      SBOM: "false no bundle of this key about this digest",
    });
  });
});
