// Asks a CrossGuard policy pack about a recorded program, by the Analyzer protocol: the pack runs in Pulumi's own runtime.
import type analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Program } from "./engine.ts";
import {
  type Policy,
  requestOf,
  stackRequestOf,
  type Undecided,
  undecidedOf,
  type Violation,
  violationsOf,
} from "./policy/messages.ts";
import { policyOf } from "./policy/policies.ts";
import { type Call, withPack } from "./policy/serve.ts";
import { configure, type PackConfig } from "./policy/settings.ts";
import type { Registration } from "./registration.ts";
import { decode } from "./values.ts";

export type { Policy, Undecided, Violation } from "./policy/messages.ts";
export { type PackConfig, readPackConfig } from "./policy/settings.ts";

/** What a pack says of a program. */
export interface PolicyReport {
  pack: string;
  version: string;
  policies: Policy[];
  /** Number of resources that were looked at. */
  resources: number;
  violations: Violation[];
  /** What waits for values that only a deployment knows. */
  undecided: Undecided[];
  /** What the policies of level remediate have put right, as the CLI would before it makes the resource. */
  remediated: { policy: string; urn: string }[];
  /** Where the program constructs each resource, by URN: file of this machine and line. */
  sources: Record<string, { file: string; line: number }>;
}

/** Requests that are under way at once: the pack is one process with one thread. */
const parallel = 16;

/** Starts the pack of a folder, asks it about every resource and about the stack, and ends it. */
export async function checkPolicies(
  pack: string,
  program: Program,
  registrations: readonly Registration[],
  config: PackConfig = {},
): Promise<PolicyReport> {
  return await withPack(pack, program, (call) => ask(call, registrations, config));
}

async function ask(call: Call, registrations: readonly Registration[], config: PackConfig): Promise<PolicyReport> {
  const info = await call<empty.Empty, analyzer.AnalyzerInfo>("getAnalyzerInfo", new empty.Empty());
  const { request, levels } = configure(info, config);
  await call("configure", request);
  const policies = info.getPoliciesList().map((one) => policyOf(one, levels));
  const remediated: PolicyReport["remediated"] = [];
  let resources = registrations;
  if (policies.some(({ level }) => level === "remediate"))
    resources = await eachOf(registrations, (one) => remediate(call, one, registrations, remediated));
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  const found = await eachOf(resources, async (one) => {
    const response = await call<analyzer.AnalyzeRequest, analyzer.AnalyzeResponse>("analyze", requestOf(one, byUrn));
    return { violations: violationsOf(response, one.urn, policies), undecided: undecidedOf(response, one.urn) };
  });
  const response = await call<analyzer.AnalyzeStackRequest, analyzer.AnalyzeResponse>(
    "analyzeStack",
    stackRequestOf(resources, byUrn),
  );
  const violations = [...found.flatMap((one) => one.violations), ...violationsOf(response, "", policies)];
  return {
    pack: info.getName(),
    version: info.getVersion(),
    policies,
    resources: registrations.length,
    undecided: [...found.flatMap((one) => one.undecided), ...undecidedOf(response, "")],
    violations: violations.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    remediated,
    sources: sourcesOf(registrations),
  };
}

/** A resource as the policies of level remediate leave it. */
async function remediate(
  call: Call,
  one: Registration,
  all: readonly Registration[],
  remediated: PolicyReport["remediated"],
): Promise<Registration> {
  const byUrn = new Map(all.map((other) => [other.urn, other]));
  const response = await call<analyzer.AnalyzeRequest, analyzer.RemediateResponse>("remediate", requestOf(one, byUrn));
  let { inputs } = one;
  for (const remediation of response.getRemediationsList()) {
    const properties = remediation.getProperties();
    if (!properties) continue;
    inputs = decode(properties);
    remediated.push({ policy: remediation.getPolicyname(), urn: one.urn });
  }
  return { ...one, inputs };
}

/** What `work` makes of each, in order, some side by side. */
async function eachOf<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = list.entries();
  const worker = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

/** Where each resource is constructed; where the SDK can't tell, where its parent is. */
function sourcesOf(registrations: readonly Registration[]): PolicyReport["sources"] {
  const byUrn = new Map(registrations.map((one) => [one.urn, one]));
  const find = ({ source, parent }: Registration): Registration["source"] => {
    const above = byUrn.get(parent);
    return source ?? (above && find(above));
  };
  const found = registrations.flatMap((one) => {
    const source = find(one);
    return source ? [[one.urn, source] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Mandatory ones first, then by policy and resource. */
function keyOf({ level, policy, urn, message }: Violation): string {
  return [level === "mandatory" ? 0 : 1, policy, urn, message].join("\n");
}
