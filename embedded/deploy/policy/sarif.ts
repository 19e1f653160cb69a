// A policy report as SARIF 2.1.0, as code scanning takes it: rules with help, results with places and lasting fingerprints.
import { createHash } from "node:crypto";
import { relative, sep } from "node:path";
import { labelOfUrn } from "../labels.ts";
import type { PolicyReport } from "./check.ts";
import type { Policy, Severity, Violation } from "./messages.ts";

/** How severe each is to SARIF, and to GitHub, which takes 9 to 10 for critical, 7 for high, 4 for medium. */
const severities: Readonly<Record<Severity, { level: "error" | "warning" | "note"; score: string }>> = {
  critical: { level: "error", score: "9.5" },
  high: { level: "error", score: "8.0" },
  medium: { level: "warning", score: "5.5" },
  low: { level: "note", score: "2.0" },
};

/** Tags of policies about cost and data keeping rather than about attacks. */
const maintenance = new Set(["cost", "data"]);

/** What the log describes. */
export interface SarifSubject {
  /** Keeps the results of several stacks apart. */
  stack: string;
  /** The repository's folder: files are named relative to it. */
  directory: string;
  /** File for results without a place in the program, relative to the folder. */
  main: string;
}

/** The log, to be written as JSON. */
export function sarifOf(report: PolicyReport, subject: SarifSubject) {
  const { pack, version, policies, violations } = report;
  const rules = policies.filter(({ level }) => level !== "disabled");
  const indexes = new Map(rules.map(({ name }, i) => [name, i]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: pack, semanticVersion: version, rules: rules.map(ruleOf) } },
        automationDetails: { id: `policy/${subject.stack}/` },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true }],
        results: violations.map((violation) => resultOf(violation, indexes.get(violation.policy), report, subject)),
      },
    ],
  };
}

function ruleOf({ name, level, severity, description, remedy, url, tags }: Policy) {
  const isSecurity = !tags.some((tag) => maintenance.has(tag));
  const help = [remedy, url && `More: ${url}`].filter(Boolean);
  return {
    id: name,
    name,
    shortDescription: { text: description },
    fullDescription: { text: `${description} ${remedy}`.trim() },
    help: { text: help.join("\n") || description, markdown: `**What to do.** ${help.join("\n\n") || description}` },
    ...(url ? { helpUri: url } : {}),
    defaultConfiguration: { level: level === "advisory" ? ("note" as const) : severities[severity].level },
    properties: {
      tags: [isSecurity ? "security" : "maintainability", ...tags],
      precision: "very-high",
      "problem.severity": { error: "error", warning: "warning", note: "recommendation" }[severities[severity].level],
      ...(isSecurity ? { "security-severity": severities[severity].score } : {}),
    },
  };
}

function resultOf(
  { policy, level, severity, message, urn }: Violation,
  ruleIndex: number | undefined,
  { sources }: PolicyReport,
  subject: SarifSubject,
) {
  const label = urn ? labelOfUrn(urn) : "the stack";
  return {
    ruleId: policy,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: level === "advisory" ? ("note" as const) : severities[severity].level,
    message: { text: `${label}: ${message}` },
    locations: [
      {
        physicalLocation: placeOf(sources[urn], subject),
        logicalLocations: [{ name: label, fullyQualifiedName: urn || subject.stack, kind: "resource" }],
      },
    ],
    // Code scanning follows a result by the first of these; both stay when the program's lines move.
    partialFingerprints: {
      primaryLocationLineHash: `${fingerprint(policy, urn, fieldOf(message))}:1`,
      "policyResourceField/v1": fingerprint(policy, urn, fieldOf(message)),
    },
  };
}

function placeOf(source: { file: string; line: number } | undefined, { directory, main }: SarifSubject) {
  const path = source ? relative(directory, source.file) : "";
  // What the SDK itself constructs, such as the stack, has its place in the program's main file.
  const isOwn = path !== "" && !path.startsWith("..") && !path.startsWith("node_modules");
  return {
    artifactLocation: { uri: isOwn ? path.split(sep).join("/") : main, uriBaseId: "%SRCROOT%" },
    region: { startLine: isOwn ? (source?.line ?? 1) : 1 },
  };
}

/** Messages begin with the field that they are about. */
const fieldOf = (message: string) => message.split(": ")[0] ?? message;

const fingerprint = (...parts: string[]) => createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 32);
