// Two workloads beside each other: what became of them, what they found, what they cost, how long they took.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { Finding } from "@agentic/api/template.ts";
import { type Node, resultOf, stepsOf } from "./argo.ts";
import { table } from "./output.ts";
import { getWorkload, type Session } from "./session.ts";

/** What is compared of a workload. */
export interface Results {
  name: string;
  phase: string;
  model: string;
  confidence?: number;
  /** Absent where the run is gone, or no analysis has ended. */
  findings?: Finding[];
  cost?: { total: string; currency: string };
  tokens?: number;
  seconds?: number;
  /** How long each step took, and how its work began. */
  steps: { name: string; seconds: number; began?: string }[];
}

export interface Comparison {
  before: Results;
  after: Results;
  /** Findings of the one that the other hasn't, by severity, page and words; absent where one has none to compare. */
  findings?: { gone: Finding[]; new: Finding[]; same: number };
}

const seconds = (from: string | undefined, to: string | undefined): number | undefined => {
  const taken = (Date.parse(to ?? "") - Date.parse(from ?? "")) / 1_000;
  return Number.isNaN(taken) ? undefined : taken;
};

export async function resultsOf(session: Session, name: string): Promise<Results> {
  const workload = await getWorkload(session, name);
  return read(workload, await stepsOf(session, workload));
}

function read({ metadata, spec, status = {} }: AgentWorkload, nodes: readonly Node[]): Results {
  const { approval, cost, startedAt, completedAt } = status;
  const analysis = resultOf(nodes, "analysis");
  const confidence = approval?.confidence ?? analysis?.confidence;
  const taken = seconds(startedAt, completedAt);
  return {
    name: metadata.name,
    phase: status.phase ?? "Pending",
    model: spec.model ?? "the tenant's",
    ...(confidence === undefined ? {} : { confidence }),
    ...(analysis?.findings ? { findings: analysis.findings } : {}),
    ...(cost
      ? { cost: { total: cost.total, currency: cost.currency }, tokens: cost.tokens.input + cost.tokens.output }
      : {}),
    ...(taken === undefined ? {} : { seconds: taken }),
    steps: nodes.map((node) => {
      const step = node.displayName.replace(/\(\d+\)$/, "");
      const began = resultOf(nodes, step)?.beginning;
      return {
        name: node.displayName,
        seconds: seconds(node.startedAt, node.finishedAt) ?? 0,
        ...(began ? { began } : {}),
      };
    }),
  };
}

const keyOf = ({ severity, url, text }: Finding): string => JSON.stringify([severity, url, text]);

export function compare(before: Results, after: Results): Comparison {
  if (!before.findings || !after.findings) return { before, after };
  const [old, now] = [before.findings, after.findings].map((findings) => new Set(findings.map(keyOf)));
  return {
    before,
    after,
    findings: {
      gone: before.findings.filter((finding) => !now?.has(keyOf(finding))),
      new: after.findings.filter((finding) => !old?.has(keyOf(finding))),
      same: after.findings.filter((finding) => old?.has(keyOf(finding))).length,
    },
  };
}

export function textOf({ before, after, findings }: Comparison): string {
  const row = (label: string, of: (results: Results) => string | number | undefined, unit = ""): string[] => {
    const [one, other] = [of(before), of(after)];
    const difference = typeof one === "number" && typeof other === "number" ? signed(other - one) : "";
    const shown = (value: string | number | undefined) => (value === undefined ? "" : `${value}${unit}`);
    return [label, shown(one), shown(other), difference && `${difference}${unit}`];
  };
  const names = [...new Set([...before.steps, ...after.steps].map(({ name }) => name))];
  const stepIn = (results: Results, name: string) => results.steps.find((step) => step.name === name);
  const rows = [
    row("phase", ({ phase }) => phase),
    row("model", ({ model }) => model),
    row("confidence", ({ confidence }) => confidence),
    row("findings", (results) => results.findings?.length),
    row(`cost${before.cost ? `, ${before.cost.currency}` : ""}`, ({ cost }) => (cost ? Number(cost.total) : undefined)),
    row("tokens", ({ tokens }) => tokens),
    row("time", ({ seconds: taken }) => taken, " s"),
    ...names.map((name) => row(`  ${name}`, (results) => stepIn(results, name)?.seconds, " s")),
  ];
  const line =
    (sign: string) =>
    ({ severity, url, text }: Finding) =>
      `${sign} ${severity} ${url}: ${text}`;
  return [
    table(["", before.name, after.name, "DIFFERENCE"], rows),
    ...(findings
      ? ["", `findings: ${findings.same} the same`, ...findings.gone.map(line("-")), ...findings.new.map(line("+"))]
      : ["", "findings can't be compared: a run is gone, or had no analysis"]),
  ].join("\n");
}

function signed(difference: number): string {
  const rounded = Math.round(difference * 1e6) / 1e6;
  return rounded > 0 ? `+${rounded}` : String(rounded);
}
