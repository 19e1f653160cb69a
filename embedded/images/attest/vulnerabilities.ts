// States which known vulnerabilities an image has, or that nothing looked for any.
import { type Claim, predicateTypes } from "./statement.ts";

/** The parts of a scan's record that are read again; cosign's specification of `vuln/v1`. */
export interface ScanRecord {
  /** Whether a scanner ran: without one there is no `result`. Not part of cosign's specification. */
  scanned: boolean;
  scanner: {
    uri: string;
    version: string;
    /** Empty where there is no database. */
    db: { uri: string; version: string };
    result: unknown;
  };
  metadata: { scanStartedOn: string; scanFinishedOn: string };
}

/** States that nothing was scanned. A policy can refuse that, and no reader can take it for a scan without findings. */
export function notScanned(time: Date): Claim {
  const predicate: ScanRecord = {
    scanned: false,
    scanner: { uri: "", version: "", db: { uri: "", version: "" }, result: null },
    metadata: { scanStartedOn: time.toISOString(), scanFinishedOn: time.toISOString() },
  };
  return { predicateType: predicateTypes.vulnerabilities, predicate };
}
