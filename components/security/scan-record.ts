// The record of a scan for vulnerabilities, after cosign's specification of `vuln/v1`.

/** Severities as grype has them, the worst first. */
export const severities = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
export type Severity = (typeof severities)[number];

/** A known vulnerability of a package in the image. */
export interface Vulnerability {
  /** Such as CVE-2026-12345. */
  id: string;
  severity: Severity;
  /** Package URL. */
  package: string;
  /** Versions without it; empty where there is none yet. */
  fixedIn: readonly string[];
}

/** What a scan found. */
export interface ScanResult {
  /** Numbers of vulnerabilities by severity. */
  findings: Readonly<Record<Severity, number>>;
  vulnerabilities: readonly Vulnerability[];
}

/** The parts of a record that are read again. */
export interface ScanRecord {
  /** Whether a scanner ran: without one there is no `result`. Not part of cosign's specification. */
  scanned: boolean;
  scanner: {
    uri: string;
    version: string;
    /** Empty where there is no database. */
    db: {
      uri: string;
      version: string;
      /** When it was made (RFC 3339), as in-toto's specification of `vulns` has it. */
      lastUpdate?: string;
    };
    result: ScanResult | null;
  };
  /** As RFC 3339 has it. */
  metadata: { scanStartedOn: string; scanFinishedOn: string };
}

/** Who scanned, when, and what came of it. */
export interface Scan extends Pick<ScanRecord["scanner"], "uri" | "version" | "db"> {
  startedOn: Date;
  finishedOn: Date;
  vulnerabilities: readonly Vulnerability[];
}

/** Records a scan. */
export function scanRecord({ uri, version, db, startedOn, finishedOn, vulnerabilities }: Scan): ScanRecord {
  const count = (severity: Severity) => vulnerabilities.filter((found) => found.severity === severity).length;
  const findings = Object.fromEntries(severities.map((severity) => [severity, count(severity)])) as Record<
    Severity,
    number
  >;
  return {
    scanned: true,
    scanner: { uri, version, db, result: { findings, vulnerabilities } },
    metadata: { scanStartedOn: startedOn.toISOString(), scanFinishedOn: finishedOn.toISOString() },
  };
}

/** States at a time (RFC 3339) that nothing was scanned: a policy can refuse that, and nobody can take it for a scan without findings. */
export function notScanned(time: string): ScanRecord {
  return {
    scanned: false,
    scanner: { uri: "", version: "", db: { uri: "", version: "" }, result: null },
    metadata: { scanStartedOn: time, scanFinishedOn: time },
  };
}
