// Images that the machine's key signed, in a tenant's namespace: refused where a statement about them is missing or wrong.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scanPolicy } from "../../../components/security/statement-policies.ts";
import { apply, kubectl } from "../../../embedded/cli/cluster.ts";
import { claimsAbout } from "../../../embedded/images/attest/claims.ts";
import type { Provenance } from "../../../embedded/images/attest/provenance.ts";
import { type Claim, predicateTypes } from "../../../embedded/images/attest/statement.ts";
import { attestationTag, attestImage } from "../../../embedded/images/publish/attestations.ts";
import { manifestType, signImage } from "../../../embedded/images/publish/signing.ts";
import { dryRun, machineKey, openRegistry, pod, repository, stranger, type TestRegistry } from "./image-variants.ts";
import { namespace, platform } from "./platform.ts";

let cluster: TestRegistry;

beforeAll(async () => {
  cluster = await openRegistry();
});
afterAll(async () => await cluster?.close());

const signed = () => `${cluster.name}@${cluster.archive.digest}`;

/** The claims about the image, changed; what becomes undefined isn't claimed. */
const claims = (change: (claim: Claim) => Claim | undefined) => () => ({
  types: [predicateTypes.sbom],
  isCurrent: () => false,
  make: async () => (await claimsAbout(cluster.archive).make()).flatMap((claim) => change(claim) ?? []),
});

/** The same with another end of the provenance. */
const changedRun = (change: (run: Provenance["runDetails"]) => void) =>
  claims((claim) => {
    const copy = structuredClone(claim);
    if (copy.predicateType === predicateTypes.provenance) change((copy.predicate as Provenance).runDetails);
    return copy;
  });

/** A variant that the machine's key signs, with claims of a kind of its own. */
async function attested(title: string, made: ReturnType<typeof claims>, key = machineKey): Promise<string> {
  const image = cluster.image(await cluster.variant(title));
  await signImage(image, machineKey);
  await attestImage(image, key, made());
  return image.digest;
}

describe("an image that the machine's key signed", () => {
  it("is admitted where it has its statements", async () => {
    const image = `${cluster.name}@${await attested(
      "complete",
      claims((claim) => claim),
    )}`;
    expect((await dryRun(pod([image]))).spec.containers[0]?.image).toBe(image);
  });

  it.each<[what: string, make: () => Promise<string>, message: RegExp]>([
    [
      "no statements",
      async () => {
        const digest = await cluster.variant("bare");
        await signImage(cluster.image(digest), machineKey);
        return digest;
      },
      /platform-attestations[\s\S]*no matching attestations/,
    ],
    [
      "no SBOM",
      () =>
        attested(
          "no-sbom",
          claims((claim) => (claim.predicateType === predicateTypes.sbom ? undefined : claim)),
        ),
      /no matching attestations with type https:\/\/spdx\.dev\/Document/,
    ],
    [
      "no provenance",
      () =>
        attested(
          "no-provenance",
          claims((claim) => (claim.predicateType === predicateTypes.provenance ? undefined : claim)),
        ),
      /no matching attestations with type https:\/\/slsa\.dev\/provenance\/v1/,
    ],
    [
      "statements of another key",
      () =>
        attested(
          "other-key",
          claims((claim) => claim),
          stranger,
        ),
      /no matching attestations: accepted signatures do not match threshold/,
    ],
    [
      "statements about another digest",
      async () => {
        const digest = await attested(
          "other-digest",
          claims((claim) => claim),
        );
        const { registry, archive } = cluster;
        const others = (await registry.manifest(repository, attestationTag(archive.digest))) ?? Buffer.alloc(0);
        await registry.putManifest(repository, attestationTag(digest), manifestType, others);
        return digest;
      },
      /no matching subject digest found/,
    ],
    [
      "the provenance of another builder",
      () =>
        attested(
          "other-builder",
          changedRun((run) => {
            run.builder.id = "https://example.com/builder";
          }),
        ),
      /its provenance is of the builder 'https:\/\/example\.com\/builder', and only these are admitted: https:\/\/agentic\.io/,
    ],
    [
      "provenance that has expired",
      () =>
        attested(
          "expired",
          changedRun((run) => {
            run.metadata.finishedOn = "2020-01-01T00:00:00Z";
          }),
        ),
      /its provenance has expired: it was built on '2020-01-01T00:00:00Z', and provenance is good for 365 days/,
    ],
  ])("is refused where it has %s, and the message says so", async (_, make, message) => {
    await expect(dryRun(pod([`${cluster.name}@${await make()}`]))).rejects.toThrow(message);
  });

  it("is refused once its tag names another image", async () => {
    const { registry, archive, name } = cluster;
    const moved = `${name}:moved`;
    const bytes = (await registry.manifest(repository, archive.digest)) ?? Buffer.alloc(0);
    await registry.putManifest(repository, "moved", manifestType, bytes);
    expect((await dryRun(pod([moved]))).spec.containers[0]?.image).toContain(archive.digest);
    await cluster.variant("moved");
    await expect(dryRun(pod([moved]))).rejects.toThrow(/platform-images[\s\S]*no signatures found/);
  });

  it("is refused where nothing was scanned, by a policy that asks for that", async () => {
    const authority = {
      name: "scan",
      key: { data: machineKey.publicKey, hashAlgorithm: "sha256" },
      signatureFormat: "legacy",
      attestations: [
        { name: "scan", predicateType: predicateTypes.vulnerabilities, policy: scanPolicy({ maxAgeDays: 7 }) },
      ],
    };
    const selected = { group: "", version: "v1", resource: "pods", selector: { matchLabels: { test: "scanned" } } };
    const policy = {
      apiVersion: "policy.sigstore.dev/v1beta1",
      kind: "ClusterImagePolicy",
      metadata: { name: "images-test-scan" },
      spec: { images: [{ glob: `${cluster.name}**` }], authorities: [authority], match: [selected] },
    };
    await apply(platform, [policy]);
    try {
      const asked = () => dryRun(pod([signed()], namespace, "scanned")).catch((error: Error) => error);
      await expect.poll(asked, { timeout: 15_000 }).toMatchObject({
        message: expect.stringContaining("nothing was scanned for vulnerabilities"),
      });
      await dryRun(pod([signed()]));
    } finally {
      await kubectl(platform, ["delete", "clusterimagepolicy", "images-test-scan"]);
    }
  });
});
