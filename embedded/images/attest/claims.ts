// What is claimed about an image that this machine publishes, and when a claim is made again.
import { notScanned } from "../../../components/security/scan-record.ts";
import type { Progress } from "../../node/progress.ts";
import type { Archive } from "../archive.ts";
import type { Claims } from "../publish/attestations.ts";
import { finishedOn, provenance } from "./provenance.ts";
import { sbom } from "./sbom.ts";
import { type Claim, predicateTypes } from "./statement.ts";
import { findVulnerabilities, isScannedBy } from "./vulnerabilities.ts";

const day = 86_400_000;

/** Days for which the provenance of an image is good; `make up` states it anew long before. */
export const provenanceDays = 365;
const renewedAfter = 30 * day;

/** The claims about an image; `database` is the path of one of vulnerabilities, without which nothing is scanned. */
export function claimsAbout(archive: Archive, progress: Progress = () => {}, database?: string): Claims {
  const now = new Date();
  return {
    types: [predicateTypes.sbom, predicateTypes.provenance, predicateTypes.vulnerabilities],
    isCurrent: ({ predicateType, predicate }: Claim) => {
      if (predicateType === predicateTypes.provenance) return now.getTime() - finishedOn(predicate) < renewedAfter;
      // Without a database, what an earlier one found is still true of its day.
      return predicateType !== predicateTypes.vulnerabilities || !database || isScannedBy(predicate, database);
    },
    make: async () => {
      const list = await sbom(archive, now, progress);
      const scan = database
        ? await findVulnerabilities(list.predicate, { ref: archive.ref, database, progress })
        : notScanned(now.toISOString());
      return [list, provenance(archive, now), { predicateType: predicateTypes.vulnerabilities, predicate: scan }];
    },
  };
}
