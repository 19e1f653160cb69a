// The protocol's messages about resources and what is wrong with them.
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
  /** What holds after configuration. */
  level: Level;
  severity: Severity;
  description: string;
  /** What to do about a violation; "" where the pack doesn't say. */
  remedy: string;
  /** Where to read about it; "" where the pack doesn't say. */
  url: string;
  tags: string[];
}

/** One policy's word against one resource, or against the stack. */
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

/** Asks about one resource. */
export const requestOf = (registration: Registration, byUrn: Known): analyzer.AnalyzeRequest =>
  describe(new analyzer.AnalyzeRequest(), registration, byUrn);

/** Asks about all resources together. */
export function stackRequestOf(registrations: readonly Registration[], byUrn: Known): analyzer.AnalyzeStackRequest {
  const request = new analyzer.AnalyzeStackRequest();
  request.setResourcesList(
    registrations.map((one) => {
      const message = describe(new analyzer.AnalyzerResource(), one, byUrn);
      message.setParent(one.parent);
      message.setDependenciesList(one.dependencies);
      return message;
    }),
  );
  return request;
}

const structs = new WeakMap<Registration, ReturnType<typeof encode>>();

/** A resource's inputs as the protocol has them, made once: both requests have them, and a provider's come with each resource. */
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

/** What a pack answers; `urn` is that of the resource that was asked about. */
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

/** What a pack's reasons for leaving a policy out begin with where it asks again once the deployment knows more. */
const notYet = "not known before the deployment";

/** The policies that a pack could not decide yet; others that it leaves out don't apply. */
export const undecidedOf = (response: analyzer.AnalyzeResponse, urn: string): Undecided[] =>
  response.getNotApplicableList().flatMap((one) => {
    const reason = one.getReason();
    return reason.startsWith(notYet) ? [{ policy: one.getPolicyName(), urn, reason }] : [];
  });
