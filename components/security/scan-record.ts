// The record of a scan for vulnerabilities, after cosign's specification of `vuln/v1`.

/** The parts of a record that are read again. */
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
  /** As RFC 3339 has it. */
  metadata: { scanStartedOn: string; scanFinishedOn: string };
}

/** States at a time (RFC 3339) that nothing was scanned: a policy can refuse that, and nobody can take it for a scan without findings. */
export function notScanned(time: string): ScanRecord {
  return {
    scanned: false,
    scanner: { uri: "", version: "", db: { uri: "", version: "" }, result: null },
    metadata: { scanStartedOn: time, scanFinishedOn: time },
  };
}
