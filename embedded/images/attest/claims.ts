// What is claimed about an image that this machine publishes, and when a claim is made again.
import { notScanned } from "../../../components/security/scan-record.ts";
import type { Progress } from "../../node/progress.ts";
import type { Archive } from "../archive.ts";
import type { Claims } from "../publish/attestations.ts";
import { finishedOn, provenance } from "./provenance.ts";
import { sbom } from "./sbom.ts";
import { type Claim, predicateTypes } from "./statement.ts";

const day = 86_400_000;

/** Days for which the provenance of an image is good; `make up` states it anew long before. */
export const provenanceDays = 365;
const renewedAfter = 30 * day;

/** The claims about an image. */
export function claimsAbout(archive: Archive, progress: Progress = () => {}): Claims {
  const now = new Date();
  return {
    types: [predicateTypes.sbom, predicateTypes.provenance, predicateTypes.vulnerabilities],
    isCurrent: ({ predicateType, predicate }: Claim) =>
      predicateType !== predicateTypes.provenance || now.getTime() - finishedOn(predicate) < renewedAfter,
    make: async () => [
      await sbom(archive, now, progress),
      provenance(archive, now),
      { predicateType: predicateTypes.vulnerabilities, predicate: notScanned(now.toISOString()) },
    ],
  };
}
