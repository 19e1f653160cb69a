// Faults made on purpose raise the platform's own alerts, which end after them.
//
// A rule waits for minutes before it fires, so that a restart wakes nobody: here an alert counts as raised as soon as its rule is pending, and
// the few rules that ask for more than that are asked with shorter waits. The real ones, and the alerts on what takes longer than a test, are
// judged by promtool in test/integration/telemetry; docs/alerts.md says which those are.
import { NAMESPACES } from "@agentic/api/names.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enginePart } from "../../../components/argo/builtin-engine.ts";
import { alertName, alerts, runbookOf } from "../../../components/observability/alerts.ts";
import { selectWith } from "../../../components/observability/promql.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";
import { nonEmpty } from "../../non-empty.ts";
import { runbooks } from "../../runbooks.ts";
import { type RaisedAlert, raisedAlerts } from "../raised-alerts.ts";
import { type Fault, gone } from "./alert-faults/fault.ts";
import { operatorFaults } from "./alert-faults/operator.ts";
import { goneServices, serviceFaults } from "./alert-faults/services.ts";
import { siteAway, workloadFaults } from "./alert-faults/workloads.ts";
import { ask, ready, scraped } from "./prometheus.ts";
import { isSearch, shell } from "./shell.ts";

/** What a rule asks for, and what is enough here. */
const shorter: Partial<Record<RaisedAlert, readonly [string, string]>> = {
  "backlog-age": ["> 180", "> 5"],
  "gate-waits": ["> 1200", "> 5"],
  "crash-loop": ["> 3", "> 0"],
};

const first = [...workloadFaults, ...serviceFaults];
const second = [gone("engine-down", NAMESPACES.argoWorkflows, `deployment/${enginePart}`), ...goneServices];
const all = [...first, siteAway, ...second, ...operatorFaults];

const names = (faults: readonly Fault[]) => nonEmpty(faults.flatMap((fault) => fault.alerts)).sort();
const patience = { ...scraped, timeout: 240_000 };

/** An alert's question about the last minute only, instead of up to half an hour. */
async function findsNow(name: RaisedAlert): Promise<boolean> {
  const jobs = [...new Set((await ask("up")).map(({ metric }) => metric.job ?? ""))];
  const context = { of: selectWith(), targets: sloTargets.minimal, jobs, recorded: true };
  const [long, short] = shorter[name] ?? ["", ""];
  const query = (alerts[name]?.expr(context) ?? "")
    .replaceAll(/\[\d+m\]/g, "[1m]")
    .replaceAll(/offset \d+m/g, "offset 1m")
    .replace(long, short);
  return (await ask(query)).length > 0;
}

/**
 * Begins a fault, however long that takes on a busy node, and waits until each of its alerts has been raised. What a process has
 * counted goes with it where it ends before Prometheus has asked it, and a webhook that answers late has a fault become another one: then
 * the fault is made once more, and the log says what was seen.
 */
async function raises(fault: Fault): Promise<void> {
  const missing = new Set(fault.alerts);
  const stillMissing = async () => {
    const series = await ask("ALERTS").catch(() => []);
    const found = new Set(series.map(({ metric }) => metric.alertname));
    for (const name of missing) {
      const isRaised = shorter[name] ? await findsNow(name).catch(() => false) : found.has(alertName(name));
      if (isRaised) missing.delete(name);
    }
    return [...missing];
  };
  try {
    await fault.begin();
    return await expect.poll(stillMissing, patience).toEqual([]);
  } catch (error) {
    console.warn(`${(error as Error).message}: ${await seen()}`);
  }
  await fault.end();
  await fault.begin();
  await expect.poll(stillMissing, patience).toEqual([]);
}

/** What tells a count that was lost from one that never was: who has started lately, who isn't scraped, and the failures that are counted. */
async function seen(): Promise<string> {
  const queries = ["time() - process_start_time_seconds < 900", "up == 0", "agentic_run_failures_total > 0"];
  const answers = await Promise.all(queries.map(async (query) => [query, await ask(query).catch(String)]));
  return JSON.stringify(Object.fromEntries(answers));
}

/**
 * Runs what the runbooks of a fault's alerts look at, while it lasts: each command has an answer, and one that asks a pod says so where
 * that is gone.
 */
async function diagnose(fault: Fault): Promise<void> {
  const pages = new Set(fault.alerts.map(runbookOf));
  const commands = runbooks().flatMap(({ name, commands: own }) => (pages.has(name) ? own : []));
  const results = await Promise.all(
    nonEmpty([...new Set(commands)]).map(async (command) => ({ command, ...(await shell(command, "alerts-stuck")) })),
  );
  const isOfPod = (command: string) => /^kubectl (logs|exec) /.test(command);
  const silent = results.filter(
    ({ command, code, stdout, stderr }) =>
      !isSearch(command) && (stdout + stderr === "" || (code !== 0 && !isOfPod(command))),
  );
  expect(silent).toEqual([]);
}

/** Those that still find something. The dead man's switch always does. */
async function lasting(faults: readonly Fault[]): Promise<string[]> {
  const ending = (names(faults) as RaisedAlert[]).filter((name) => name !== "dead-mans-switch");
  const found = ending.map(async (name) => ((await findsNow(name)) ? [name] : []));
  return (await Promise.all(found)).flat();
}

beforeAll(async () => {
  await ready();
}, 200_000);

afterAll(async () => {
  // What a test that failed has left behind.
  for (const { end } of all) await end().catch(() => {});
}, 300_000);

test("all that are raised are listed", () => expect(names(all)).toEqual([...raisedAlerts].sort()));

test("what fails, is refused, used up, kept out or let in raises its alert", async () => {
  const ofWorkloads = async () => {
    await Promise.all(workloadFaults.map(raises));
    await raises(siteAway);
  };
  await Promise.all([ofWorkloads(), ...serviceFaults.map(raises)]);
  expect((await ask("sum(prometheus_notifications_sent_total) > 0")).length).toBe(1);
}, 1_300_000);

test("what isn't there raises its alert, although nothing is left of it to ask", async () => {
  await Promise.all([...first, siteAway].map(({ end }) => end()));
  const ofOperator = async () => {
    // Each takes from the operator what the ones before it need.
    for (const fault of operatorFaults) {
      await raises(fault);
      await diagnose(fault);
    }
  };
  await Promise.all([ofOperator(), ...second.map(raises)]);
  await Promise.all(second.map(diagnose));
}, 1_300_000);

test("each ends with its fault", async () => {
  for (const { end } of operatorFaults) await end();
  await Promise.all(second.map(({ end }) => end()));
  await expect.poll(() => lasting(all).catch(() => ["none"]), patience).toEqual([]);
}, 400_000);
