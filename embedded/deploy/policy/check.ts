// Checks a recorded program against a CrossGuard policy pack, by Pulumi's Analyzer protocol: the pack runs in Pulumi's own runtime.
import type analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Program } from "../engine.ts";
import type { Registration } from "../registration.ts";
import { decode } from "../values.ts";
import {
  type Policy,
  requestOf,
  stackRequestOf,
  type Undecided,
  undecidedOf,
  type Violation,
  violationsOf,
} from "./messages.ts";
import { policyOf } from "./policies.ts";
import { type Call, withPack } from "./serve.ts";
import { configure, type PackConfig } from "./settings.ts";

export type { Policy, Undecided, Violation } from "./messages.ts";
export { type PackConfig, readPackConfig } from "./settings.ts";

/** The result of checking a program against a pack. */
export interface PolicyReport {
  pack: string;
  version: string;
  policies: Policy[];
  /** Number of resources that were checked. */
  resources: number;
  violations: Violation[];
  /** Checks that need values which only a deployment knows. */
  undecided: Undecided[];
  /** Changes by policies of level remediate, which the CLI would make before it makes the resource. */
  remediated: { policy: string; urn: string }[];
  /** Where the program constructs each resource, by URN: file of this machine and line. */
  sources: Record<string, { file: string; line: number }>;
}

/** Requests that are under way at once: the pack is one process with one thread. */
const parallel = 16;

/** Starts the pack in a folder, has it analyze every resource and the stack, and ends it. */
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
  const policies = info.getPoliciesList().map((policy) => policyOf(policy, levels));
  const remediated: PolicyReport["remediated"] = [];
  let resources = registrations;
  if (policies.some(({ level }) => level === "remediate"))
    resources = await eachOf(registrations, (registration) => remediate(call, registration, registrations, remediated));
  const byUrn = new Map(resources.map((registration) => [registration.urn, registration]));
  const found = await eachOf(resources, async (registration) => {
    const response = await call<analyzer.AnalyzeRequest, analyzer.AnalyzeResponse>(
      "analyze",
      requestOf(registration, byUrn),
    );
    return {
      violations: violationsOf(response, registration.urn, policies),
      undecided: undecidedOf(response, registration.urn),
    };
  });
  const response = await call<analyzer.AnalyzeStackRequest, analyzer.AnalyzeResponse>(
    "analyzeStack",
    stackRequestOf(resources, byUrn),
  );
  const violations = [...found.flatMap(({ violations }) => violations), ...violationsOf(response, "", policies)];
  return {
    pack: info.getName(),
    version: info.getVersion(),
    policies,
    resources: registrations.length,
    undecided: [...found.flatMap(({ undecided }) => undecided), ...undecidedOf(response, "")],
    violations: violations.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    remediated,
    sources: sourcesOf(registrations),
  };
}

/** A resource as the policies of level remediate leave it. */
async function remediate(
  call: Call,
  registration: Registration,
  all: readonly Registration[],
  remediated: PolicyReport["remediated"],
): Promise<Registration> {
  const byUrn = new Map(all.map((registered) => [registered.urn, registered]));
  const response = await call<analyzer.AnalyzeRequest, analyzer.RemediateResponse>(
    "remediate",
    requestOf(registration, byUrn),
  );
  let { inputs } = registration;
  for (const remediation of response.getRemediationsList()) {
    const properties = remediation.getProperties();
    if (!properties) continue;
    inputs = decode(properties);
    remediated.push({ policy: remediation.getPolicyname(), urn: registration.urn });
  }
  return { ...registration, inputs };
}

/** The results of `work` for each item, in order; at most `parallel` run at once. */
async function eachOf<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = list.entries();
  const worker = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

/** Where each resource is constructed; its parent's place where the SDK gives none. */
function sourcesOf(registrations: readonly Registration[]): PolicyReport["sources"] {
  const byUrn = new Map(registrations.map((registration) => [registration.urn, registration]));
  const find = ({ source, parent }: Registration): Registration["source"] => {
    const above = byUrn.get(parent);
    return source ?? (above && find(above));
  };
  const found = registrations.flatMap((registration) => {
    const source = find(registration);
    return source ? [[registration.urn, source] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Sort key: mandatory violations first, then by policy and resource. */
function keyOf({ level, policy, urn, message }: Violation): string {
  return [level === "mandatory" ? 0 : 1, policy, urn, message].join("\n");
}
