// Checks what an image in a registry is signed and attested with, by a public key and without a network: no log, no roots of trust.
import { createPublicKey } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, Verifier } from "@sigstore/verify";
import { type ScanRecord, severities } from "../../../components/security/scan-record.ts";
import { attachedStatements, bundlePredicate, bundleType, referrers } from "../publish/attestations.ts";
import { isSigned, type SignedImage } from "../publish/signing.ts";
import { finishedOn, type Provenance } from "./provenance.ts";
import type { SpdxDocument } from "./spdx.ts";
import { keyHint, predicateTypes, type Statement } from "./statement.ts";

/** One result of a check. */
export interface Finding {
  subject: "signature" | "provenance" | "SBOM" | "vulnerabilities";
  ok: boolean;
  /** What was found, or what is wrong. */
  text: string;
}

/** What images must show. */
export interface Expectation {
  /** PEM. */
  publicKey: string;
  /** Ids of builders, one of which built the image. */
  builders: readonly string[];
  /** Days for which provenance is good. */
  maxAgeDays: number;
}

/** Everything that was found about an image; it is as expected where all findings are `ok`. */
export async function verifyImage(image: SignedImage, expected: Expectation): Promise<Finding[]> {
  const attached = await attachedStatements(image, expected.publicKey);
  const { statements: bundled, errors } = await bundledStatements(image, expected.publicKey);
  const check = (subject: Finding["subject"], type: string, judge: (predicate: object) => Finding): Finding => {
    const [older, newer] = [attached, bundled].map((all) => all.find(({ predicateType }) => predicateType === type));
    const missing = [older ? [] : ["attestation"], newer ? [] : ["bundle"]].flat();
    if (!older || !newer)
      return {
        subject,
        ok: false,
        text: `no ${missing.join(" and no ")} of this key about this digest${errors.get(type) ?? ""}`,
      };
    if (JSON.stringify(older) !== JSON.stringify(newer))
      return { subject, ok: false, text: "its attestation and its bundle say different things" };
    return judge(newer.predicate);
  };
  return [
    await checkSignature(image, expected.publicKey, bundled, errors.get(predicateTypes.signature)),
    check("provenance", predicateTypes.provenance, (predicate) => judgeProvenance(predicate as Provenance, expected)),
    check("SBOM", predicateTypes.sbom, (predicate) => judgeSbom(predicate as SpdxDocument)),
    check("vulnerabilities", predicateTypes.vulnerabilities, (predicate) => judgeScan(predicate as ScanRecord)),
  ];
}

async function checkSignature(
  image: SignedImage,
  publicKey: string,
  bundled: readonly Statement[],
  error = "",
): Promise<Finding> {
  const older = await isSigned(image, publicKey);
  const newer = bundled.some(({ predicateType }) => predicateType === predicateTypes.signature);
  const missing = [older ? [] : ["signature"], newer ? [] : ["bundle"]].flat();
  const text = missing.length === 0 ? "valid, in both forms" : `no ${missing.join(" and no ")} of this key${error}`;
  return { subject: "signature", ok: missing.length === 0, text };
}

function judgeProvenance(provenance: Provenance, { builders, maxAgeDays }: Expectation): Finding {
  const subject = "provenance";
  const { id } = provenance.runDetails.builder;
  if (!builders.includes(id))
    return { subject, ok: false, text: `built by '${id}', and only these are admitted: ${builders.join(", ")}` };
  const time = finishedOn(provenance);
  const { finishedOn: text } = provenance.runDetails.metadata;
  if (!(Date.now() - time < maxAgeDays * 86_400_000))
    return { subject, ok: false, text: `expired: built on '${text}', and provenance is good for ${maxAgeDays} days` };
  const { length } = provenance.buildDefinition.resolvedDependencies;
  return { subject, ok: true, text: `built by ${id} on ${text} from ${length} materials` };
}

function judgeSbom({ spdxVersion, packages }: SpdxDocument): Finding {
  const ok = /^SPDX-2\.\d+$/.test(spdxVersion) && packages.length > 1;
  return { subject: "SBOM", ok, text: ok ? `${spdxVersion}, ${packages.length} packages` : "it lists no packages" };
}

function judgeScan({ scanned, scanner, metadata }: ScanRecord): Finding {
  const subject = "vulnerabilities";
  if (!scanned || !scanner.result) return { subject, ok: true, text: "nothing was scanned" };
  const { findings } = scanner.result;
  const found = severities.flatMap((severity) => (findings[severity] > 0 ? `${findings[severity]} ${severity}` : []));
  const by = `by ${scanner.uri} ${scanner.version} on ${metadata.scanFinishedOn} with the database of ${scanner.db.lastUpdate}`;
  return { subject, ok: true, text: `${found.join(", ") || "none known"}, ${by}` };
}

/** The statements in the image's bundles that are valid for the key and this digest, and what is wrong with others, by their kind. */
async function bundledStatements(
  image: SignedImage,
  publicKey: string,
): Promise<{ statements: Statement[]; errors: Map<string, string> }> {
  const { registry, repository, digest } = image;
  const statements: Statement[] = [];
  const errors = new Map<string, string>();
  for (const referrer of (await referrers(image)).filter(({ artifactType }) => artifactType === bundleType)) {
    const manifest = await registry.manifest(repository, referrer.digest);
    const [layer] = (JSON.parse(manifest?.toString() ?? "{}") as { layers?: { digest: string }[] }).layers ?? [];
    const content = layer && (await registry.blob(repository, layer.digest));
    try {
      const statement = verifyBundle(JSON.parse(content?.toString() ?? "null"), publicKey);
      if (!statement.subject.some((subject) => `sha256:${subject.digest.sha256}` === digest))
        throw new Error("it is about another digest");
      statements.push(statement);
    } catch (error) {
      errors.set(referrer.annotations?.[bundlePredicate] ?? "", `: ${(error as Error).message}`);
    }
  }
  return { statements, errors };
}

/** The statement in a Sigstore bundle. Throws where this key didn't sign it. */
export function verifyBundle(json: unknown, publicKey: string): Statement {
  const bundle = bundleFromJSON(json);
  const verifier = new Verifier(
    {
      certificateAuthorities: [],
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: [],
      publicKey: (hint) => {
        if (hint !== keyHint(publicKey)) throw new Error("another key signed it");
        return { publicKey: createPublicKey(publicKey), validFor: () => true };
      },
    },
    { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 },
  );
  verifier.verify(toSignedEntity(bundle));
  if (bundle.content.$case !== "dsseEnvelope") throw new Error("it holds no statement");
  return JSON.parse(Buffer.from(bundle.content.dsseEnvelope.payload).toString()) as Statement;
}
