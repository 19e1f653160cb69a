// Policies over signed statements, as Rego for the policy controller: who built an image and when, and whether it was scanned.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkWholeNumbers } from "../numbers.ts";
import { severities } from "./scan-record.ts";

/** Severities that a requirement can refuse, the worst first. */
export const refusable = severities.filter((severity) => severity !== "unknown");

/** A policy over a statement about the image. Prefer Rego: CUE also passes a statement that lacks the fields it asks for. */
export interface StatementPolicy {
  type: "rego" | "cue";
  data: string;
}

/** Kinds of statements whose content a requirement can be about. */
export const statementTypes = {
  sbom: "https://spdx.dev/Document",
  provenance: "https://slsa.dev/provenance/v1",
  vulnerabilities: "https://cosign.sigstore.dev/attestation/vuln/v1",
} as const;

/** What SLSA provenance of version 1 must say. */
export interface ProvenanceRequirement {
  /** Ids of builders, one of which built the image. */
  builders: readonly string[];
  /** Days after the build after which it is no longer good. */
  maxAgeDays: number;
}

/** What the record of a scan for vulnerabilities must say. */
export interface ScanRequirement {
  /** Days after the scan, and after its database was made, after which it is no longer good. Records of no scan at all are refused. */
  maxAgeDays: number;
  /** The least severity of a vulnerability with which an image is refused. Default: whatever was found is admitted. */
  failOn?: (typeof refusable)[number];
}

/** Admits images whose provenance meets a requirement. Throws with the field's name where that is not valid. */
export function provenancePolicy({ builders, maxAgeDays }: ProvenanceRequirement): StatementPolicy {
  if (builders.length === 0) throw new Error("builders: none is named, so no image would be admitted");
  return { type: "rego", data: `${rego("provenance", maxAgeDays)}builders := ${JSON.stringify(builders)}\n` };
}

/** Admits images that were scanned for vulnerabilities, and had none that is refused. Throws with the field's name where that is not valid. */
export function scanPolicy({ maxAgeDays, failOn }: ScanRequirement): StatementPolicy {
  if (failOn !== undefined && !refusable.includes(failOn))
    throw new Error(`failOn: '${String(failOn)}' is not a severity to refuse: use one of ${refusable.join(", ")}`);
  return { type: "rego", data: `${rego("vulnerabilities", maxAgeDays)}fail_on := ${JSON.stringify(failOn ?? "")}\n` };
}

function rego(name: string, maxAgeDays: number): string {
  checkWholeNumbers({ maxAgeDays }, { from: 1, to: 3650 });
  const file = join(import.meta.dirname, "../../policy/images", `${name}.rego`);
  return `${readFileSync(file, "utf8")}\nmax_age_days := ${maxAgeDays}\n`;
}
