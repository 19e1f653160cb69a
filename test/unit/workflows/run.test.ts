// The template run by the engine in virtual time: the gate's answer decides, and lost pods are made again.
import "../../../pipeline-kit/vitest.ts";
import { REPORT_CHANGES } from "@agentic/api/changes.ts";
import { GATE, RESULT } from "@agentic/api/template.ts";
import { describe, expect, test } from "vitest";
import {
  type FailureKind,
  fail,
  type SimulationOptions,
  type StepScript,
  simulate,
  succeed,
} from "../../../pipeline-kit/index.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";

const parameters = {
  job_id: "kettles",
  run_id: "4f0c6a52",
  target_urls: ["http://x/"],
  agent_image: "registry.local/agents:1",
  approval_timeout: "10m",
};
const analysis = { artifacts: {}, confidence: 0.5, reasons: ["two pages say little"] };

const run = (steps: Record<string, StepScript> = {}, options: SimulationOptions = {}) =>
  simulate(visualAnalysis, { parameters, steps, ...options });

/** With signs that a substitution must not change. */
const CHANGES = { title: 'Kettles "2026" $HOME' };
const EVIDENCE = { scrape: 'sha256:"a' };

describe("visual-analysis-template", () => {
  test("takes screenshots, then structure and analysis side by side, and shows the analysis to the gate", () => {
    const kettles = run({ analysis: succeed({ outputs: { result: analysis } }) });
    expect(kettles).toReach(GATE.name);
    expect(kettles.pods.map(({ task }) => task)).toEqual(["scrape", "screenshot", "dom", "analysis"]);
    expect(kettles.mostPods).toBe(2);
    // As declared: the operator reads there what may be changed.
    expect(kettles.task(GATE.name)?.inputs).toEqual({
      [GATE.input]: JSON.stringify(analysis),
      [GATE.changeable]: JSON.stringify(REPORT_CHANGES),
    });
  });

  test("writes the report on a yes, by what was approved and changed", () => {
    const kettles = run();
    expect(kettles).toReach(GATE.name);
    kettles.approve({ evidence: EVIDENCE, changes: CHANGES });
    expect(kettles).toSucceed();
    expect(kettles.task("synthesis")?.phase).toBe("Succeeded");
    expect(kettles.pods.at(-1)?.env).toMatchObject({
      GATE_EVIDENCE: JSON.stringify(EVIDENCE),
      GATE_CHANGES: JSON.stringify(CHANGES),
    });
  });

  test("writes none on an answer that only looks like one", () => {
    const kettles = run();
    expect(kettles).toReach(GATE.name);
    kettles.resume(GATE.name, { [GATE.output]: "approve' || 'x' == 'x" });
    expect(kettles).not.toReach("synthesis");
    expect(kettles.pods).toHaveLength(4);
  });

  const failures: [FailureKind, string][] = [
    ["out-of-memory", "137 main: OOMKilled (exit code 137)"],
    ["killed", "137 main: Error (exit code 137): ended by signal 9 (SIGKILL)"],
    ["evicted", "137 Evicted: The node was low on resource: memory."],
    ["preempted", "137 Preempting: Preempted in order to admit critical pod"],
    ["not-ready", "69 main: Error (exit code 69): last words"],
    ["lost", "0 pod deleted"],
  ];
  test.each(failures)("goes on with a step that was %s, and tells it why it was", (kind, told) => {
    const failure = kind === "not-ready" ? fail(kind, { message: "last words" }) : fail(kind);
    const kettles = run({ analysis: [failure, failure] });
    expect(kettles).toReach(GATE.name);
    const tries = kettles.pods.filter(({ task }) => task === "analysis");
    expect(tries.map(({ env }) => [env.ATTEMPT, `${env.LAST_EXIT_CODE} ${env.LAST_MESSAGE}`])).toEqual([
      ["0", "0 "],
      ["1", told],
      ["2", told],
    ]);
  });

  test("gives up after five more tries, each later than the one before by twice the time", () => {
    const kettles = run({ scrape: fail("killed") });
    expect(kettles).toFail(/^scrape\(5\): main: Error \(exit code 137\)/);
    const starts = kettles.pods.map(({ created }) => created);
    // A second of work each, and a back-off of 2, 4, 8, 16, and at most 30 seconds.
    expect(starts.slice(1).map((at, n) => at - Number(starts[n]))).toEqual([3, 5, 9, 17, 31]);
  });

  test("fails at once where the API server refuses a pod", () => {
    const kettles = run({ scrape: fail("refused") });
    expect(kettles).toFail("forbidden");
    expect(kettles).toTry("scrape", 1);
    expect([kettles.phase, kettles.elapsed < 5]).toEqual(["Error", true]);
  });

  test("gives pods the parameters, whose run it is and no API token", () => {
    const kettles = run();
    expect(kettles).toReach(GATE.name);
    const [pod] = kettles.pods;
    expect(pod?.env).toMatchObject({
      JOB_ID: "kettles",
      RUN_ID: "4f0c6a52",
      WORKFLOW: expect.stringMatching(/^simulated\/[0-9a-f-]{36}$/),
      ARTIFACT_CACHE: "false",
      MODEL: "default",
    });
    expect(JSON.stringify(kettles.pods)).not.toContain("{{");
    expect(pod?.image).toBe("registry.local/agents:1");
    expect(JSON.stringify(pod?.spec)).toContain(`"terminationMessagePath":"${RESULT.path}"`);
    expect(pod?.spec).toMatchObject({ automountServiceAccountToken: false, serviceAccountName: "agent" });
  });
});
