// A workload whose gate waits on an analysis and screenshots that are in an object store.
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import type { Changeable } from "@agentic/api/changes.ts";
import { GATE } from "@agentic/api/template.ts";
import type { GatePeople } from "../../attack/gate-people.ts";
import type { Played } from "./played-run.ts";
import { type Objects, writeArtifacts } from "./written-artifacts.ts";

interface Evidence {
  objects: Objects;
  analysis: object;
  screenshots: Buffer[];
  /** What each picture shows of its page's texts. */
  shown?: object[];
  /** What who approves may change. Default: nothing. */
  changeable?: Changeable;
}

/** A gate that waits in this tenant. */
export async function playGate(
  tenants: GatePeople,
  { space, submitter = "sam", spec = {} }: { space: string; submitter?: string; spec?: Partial<AgentWorkloadSpec> },
  evidence: Evidence,
): Promise<Played> {
  const workload = await tenants.submit(submitter, space, spec);
  const run = await tenants.cluster.runOf(workload);
  await tenants.cluster.play(run, { scrape: { phase: "Running" } });
  await tenants.statusOf(workload, ({ logs }) => logs !== undefined);
  const played = { workload, run };
  await playEvidence(tenants, played, evidence);
  return played;
}

/** The steps before the gate write this evidence, also where they have written other before; the gate waits. */
export async function playEvidence(
  tenants: GatePeople,
  { workload, run }: Played,
  { objects, analysis, screenshots, shown = [], changeable }: Evidence,
): Promise<void> {
  const { logs = "" } = await tenants.statusOf(workload, (status) => status.logs !== undefined);
  const files = Object.fromEntries([
    ...screenshots.map((picture, n) => [`screenshot_${n}.png`, picture] as const),
    ...shown.map((texts, n) => [`shown_text_${n}.json`, JSON.stringify(texts)] as const),
  ]);
  const pictured = writeArtifacts(objects, workload, { step: "screenshot", logs, files });
  const analysed = writeArtifacts(objects, workload, {
    step: "analysis",
    logs,
    files: { "analysis.json": JSON.stringify(analysis) },
  });
  await tenants.cluster.play(run, {
    screenshot: { phase: "Succeeded", outputs: pictured.outputs },
    analysis: { phase: "Succeeded", outputs: analysed.outputs },
    [GATE.name]: {
      type: "Suspend",
      phase: "Running",
      inputs: {
        parameters: [
          { name: GATE.input, value: JSON.stringify(analysis) },
          ...(changeable ? [{ name: GATE.changeable, value: JSON.stringify(changeable) }] : []),
        ],
      },
      outputs: { parameters: [{ name: GATE.output, valueFrom: { supplied: {}, default: GATE.deny } }] },
    },
  });
  await tenants.statusOf(
    workload,
    ({ phase, approval }) => phase === "AwaitingApproval" && approval?.evidence?.analysis === analysed.digest,
  );
}
