// Converts between registrations, violations and the messages of Pulumi's Analyzer protocol.
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import { nameOf } from "../aliases.ts";
import { urnOfProvider } from "../provider-urn.ts";
import type { Registration } from "../registration.ts";
import { encode } from "../values.ts";

export type Level = "advisory" | "mandatory" | "remediate" | "disabled";
export type Severity = "low" | "medium" | "high" | "critical";

/** A policy of a pack. */
export interface Policy {
  name: string;
  /** The enforcement level after configuration. */
  level: Level;
  severity: Severity;
  description: string;
  /** Remediation steps; "" where the pack has none. */
  remedy: string;
  /** Documentation of the policy; "" where the pack has none. */
  url: string;
  tags: string[];
}

/** A violation of one policy by one resource, or by the stack. */
export interface Violation {
  policy: string;
  pack: string;
  level: "advisory" | "mandatory";
  severity: Severity;
  /** What is wrong and how to put it right. */
  message: string;
  /** "" for the stack as a whole. */
  urn: string;
}

/** A policy that could not be decided for a resource, or for the stack. */
export interface Undecided {
  policy: string;
  /** "" for the stack as a whole. */
  urn: string;
  reason: string;
}

type Known = ReadonlyMap<string, Registration>;

/** The request to analyze one resource. */
export const requestOf = (registration: Registration, byUrn: Known): analyzer.AnalyzeRequest =>
  describe(new analyzer.AnalyzeRequest(), registration, byUrn);

/** The request to analyze all resources together. */
export function stackRequestOf(registrations: readonly Registration[], byUrn: Known): analyzer.AnalyzeStackRequest {
  const request = new analyzer.AnalyzeStackRequest();
  request.setResourcesList(
    registrations.map((item) => {
      const message = describe(new analyzer.AnalyzerResource(), item, byUrn);
      message.setParent(item.parent);
      message.setDependenciesList(item.dependencies);
      return message;
    }),
  );
  return request;
}

const structs = new WeakMap<Registration, ReturnType<typeof encode>>();

/** A resource's inputs in wire format, encoded once: both requests use them, and a provider's are sent with each resource. */
function encoded(registration: Registration): ReturnType<typeof encode> {
  const known = structs.get(registration) ?? encode(registration.inputs);
  structs.set(registration, known);
  return known;
}

/** Both requests describe a resource by the same fields. */
function describe<T extends analyzer.AnalyzeRequest | analyzer.AnalyzerResource>(
  message: T,
  registration: Registration,
  byUrn: Known,
): T {
  message.setType(registration.type);
  message.setUrn(registration.urn);
  message.setName(registration.name);
  message.setProperties(encoded(registration));
  const options = new analyzer.AnalyzerResourceOptions();
  options.setProtect(registration.protect);
  options.setIgnorechangesList(registration.ignoreChanges);
  options.setDeletebeforereplace(registration.deleteBeforeReplace);
  options.setDeletebeforereplacedefined(registration.deleteBeforeReplace);
  options.setAdditionalsecretoutputsList(registration.secretOutputs);
  options.setAliasesList(registration.aliases);
  options.setParent(registration.parent);
  message.setOptions(options);
  const provider = byUrn.get(urnOfProvider(registration.provider));
  if (provider) {
    const described = new analyzer.AnalyzerProviderResource();
    described.setType(provider.type);
    described.setUrn(provider.urn);
    described.setName(nameOf(provider.urn));
    described.setProperties(encoded(provider));
    message.setProvider(described);
  }
  return message;
}

/** The violations in a pack's answer; `urn` is that of the analyzed resource. */
export function violationsOf(
  response: analyzer.AnalyzeResponse,
  urn: string,
  policies: readonly Policy[],
): Violation[] {
  const severities = new Map(policies.map(({ name, severity }) => [name, severity]));
  return response.getDiagnosticsList().map((diagnostic) => {
    const policy = diagnostic.getPolicyname();
    const description = diagnostic.getDescription();
    const message = diagnostic.getMessage();
    return {
      policy,
      pack: diagnostic.getPolicypackname(),
      level: diagnostic.getEnforcementlevel() === analyzer.EnforcementLevel.ADVISORY ? "advisory" : "mandatory",
      severity: severities.get(policy) ?? "medium",
      // Pulumi's runtime puts the policy's description before each message.
      message: message.startsWith(`${description}\n`) ? message.slice(description.length + 1) : message,
      urn: diagnostic.getUrn() || urn,
    };
  });
}

/** Prefix of the reasons for skipping a policy until the deployment knows a value. */
const notYet = "not known before the deployment";

/** The policies that a pack could not decide yet; other skipped policies don't apply. */
export const undecidedOf = (response: analyzer.AnalyzeResponse, urn: string): Undecided[] =>
  response.getNotApplicableList().flatMap((item) => {
    const reason = item.getReason();
    return reason.startsWith(notYet) ? [{ policy: item.getPolicyName(), urn, reason }] : [];
  });
