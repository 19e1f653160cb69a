// Faults made on purpose raise the platform's own alerts, which end after them.
//
// A rule waits for minutes before it fires, so that a restart wakes nobody: here an alert counts as raised as soon as its rule is pending. Those
// waits, and the alerts on what takes longer than a test, are judged by promtool in test/integration/telemetry.
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { PARAMETERS } from "@agentic/api/template.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enginePart } from "../../../components/argo/builtin-engine.ts";
import { alertName, alerts } from "../../../components/observability/alerts.ts";
import { selectWith } from "../../../components/observability/promql.ts";
import { apply, get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";
import { nonEmpty } from "../../non-empty.ts";
import { namespace, onePage, platform, start, untilEnded, workload } from "./platform.ts";
import { ask, ready, scraped } from "./prometheus.ts";

/** What goes wrong, which alert says so, and how it is made and unmade. */
interface Fault {
  alert: string;
  begin: () => Promise<unknown>;
  end: () => Promise<unknown>;
}

const { system, argoWorkflows, sharedServices } = NAMESPACES;
const kube = (...args: string[]) => kubectl(platform, args);
const failing = ["a", "b", "c", "d"].map((letter) => `alerts-${letter}`);
const unsigned = "alerts-unsigned";
const greedy = "alerts-greedy";
const scrapePolicy = "scrape-browserless";
let policy: KubeObject | undefined;

/** A pod whose children take all the memory that it may have, one after the other. */
const greedyPod = (): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: greedy, namespace: sharedServices },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: greedy,
        image: platform.images.agents,
        command: [
          "node",
          "-e",
          `const { spawnSync } = require("node:child_process");
          setInterval(() => spawnSync(process.execPath, ["-e", "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))"]), 5000);`,
        ],
        resources: { requests: { cpu: "10m", memory: "96Mi" }, limits: { cpu: "200m", memory: "96Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  },
});

/** The tenant's template with the agents' image by a name that nobody has signed: which one runs is a parameter that the operator sets. */
async function unsignedTemplate(): Promise<KubeObject> {
  const template = await get<KubeObject>(platform, "workflowtemplate", "visual-analysis-template", namespace);
  const { apiVersion = "", kind = "", spec = {} } = template ?? {};
  const parameter = `{{workflow.parameters.${PARAMETERS.agentImage}}}`;
  const text = JSON.stringify(spec).replaceAll(parameter, platform.images.agents);
  expect(text).not.toBe(JSON.stringify(spec));
  return { apiVersion, kind, metadata: { name: unsigned, namespace }, spec: JSON.parse(text) };
}

const access = (person: string, ...args: string[]) => kube("--as", person, "--as-group", "system:masters", ...args);
const patched = (spec: object) => [
  "patch",
  "accessrequest",
  "alerts",
  "--type",
  "merge",
  "-p",
  JSON.stringify({ spec }),
];

const first: Fault[] = [
  {
    alert: "workload-failed",
    begin: async () => {
      for (const name of failing) await start(workload(name, { ...onePage, model: "no-such-model" }));
      await Promise.all(failing.map((name) => untilEnded(name)));
    },
    end: () => kube("delete", "agentworkload", "-n", namespace, ...failing),
  },
  {
    alert: "image-denied",
    begin: async () => {
      await apply(platform, [await unsignedTemplate()]);
      const orchestration = { workflowTemplateRef: { name: unsigned } };
      await start(workload(unsigned, { ...onePage, orchestration }));
      const { status } = await untilEnded(unsigned);
      expect(status).toMatchObject({ failure: { kind: "ImageDenied" } });
    },
    end: () => kube("delete", "-n", namespace, `agentworkload/${unsigned}`, `workflowtemplate/${unsigned}`),
  },
  {
    alert: "break-glass",
    begin: async () => {
      const spec = { namespace, reason: "a test of alerts", minutes: 30, requestedBy: "asking" };
      const request = { apiVersion: "agentic.io/v1alpha1", kind: "AccessRequest", metadata: { name: "alerts" }, spec };
      await kubectl(
        platform,
        ["--as=asking", "--as-group=system:masters", "create", "-f", "-"],
        JSON.stringify(request),
      );
      await access("approving", ...patched({ approvedBy: "approving" }));
    },
    end: async () => {
      await access("asking", ...patched({ endedBy: "asking" }));
      await kube("delete", "accessrequest", "alerts");
    },
  },
  {
    alert: "out-of-memory",
    begin: () => apply(platform, [greedyPod()]),
    end: () => kube("delete", "pod", greedy, "-n", sharedServices, "--wait=false"),
  },
  {
    alert: "scrape-down",
    begin: async () => {
      policy = await get<KubeObject>(platform, "networkpolicy", scrapePolicy, sharedServices);
      await kube("delete", "networkpolicy", scrapePolicy, "-n", sharedServices);
    },
    end: async () => {
      const { apiVersion = "", kind = "", metadata: { labels } = {}, spec = {} } = policy ?? {};
      const metadata = { name: scrapePolicy, namespace: sharedServices, labels };
      await apply(platform, [{ apiVersion, kind, metadata, spec }]);
    },
  },
];

/** A part without a pod; it gets back as many as it had. */
function gone(alert: string, space: string, part: string): Fault {
  let replicas = 1;
  return {
    alert,
    begin: async () => {
      replicas = Number(await kube("get", "-n", space, part, "-o", "jsonpath={.spec.replicas}"));
      await kube("scale", "-n", space, part, "--replicas=0");
    },
    end: () => kube("scale", "-n", space, part, `--replicas=${replicas}`),
  };
}

const second: Fault[] = [
  gone("operator-down", system, `deployment/${OPERATOR_NAME}`),
  gone("engine-down", argoWorkflows, `deployment/${enginePart}`),
  gone("object-store-down", sharedServices, "statefulset/minio"),
];

const names = (faults: readonly Fault[]) => nonEmpty(faults.map(({ alert }) => alert)).sort();

/** Which of these are pending or fire, by the rules that the platform has. */
async function raised(faults: readonly Fault[]): Promise<string[]> {
  const series = await ask("ALERTS").catch(() => []);
  const found = new Set(series.map(({ metric }) => metric.alertname));
  return names(faults).filter((name) => found.has(alertName(name)));
}

/** Which of these still find something, asked about the last minute only instead of up to half an hour. */
async function lasting(faults: readonly Fault[]): Promise<string[]> {
  const jobs = [...new Set((await ask("up")).map(({ metric }) => metric.job ?? ""))];
  const context = { of: selectWith(), targets: sloTargets.minimal, jobs, recorded: true };
  const found = names(faults).map(async (name) => {
    const query = (alerts[name]?.expr(context) ?? "")
      .replaceAll(/\[\d+m\]/g, "[1m]")
      .replaceAll(/offset \d+m/g, "offset 1m");
    return (await ask(query)).length > 0 ? [name] : [];
  });
  return (await Promise.all(found)).flat();
}

const all = [...first, ...second];
const patience = { ...scraped, timeout: 180_000 };

beforeAll(async () => {
  await ready();
}, 200_000);

afterAll(async () => {
  // What a test that failed has left behind.
  for (const { end } of all) await end().catch(() => {});
}, 120_000);

test("what fails, is refused, used up, kept out or let in raises its alert", async () => {
  await Promise.all(first.map(({ begin }) => begin()));
  await expect.poll(() => raised(first), patience).toEqual(names(first));
  expect((await ask("sum(prometheus_notifications_sent_total) > 0")).length).toBe(1);
}, 600_000);

test("what isn't there raises its alert, although nothing is left of it to ask", async () => {
  await Promise.all(first.map(({ end }) => end()));
  await Promise.all(second.map(({ begin }) => begin()));
  await expect.poll(() => raised(second), patience).toEqual(names(second));
}, 400_000);

test("each ends with its fault", async () => {
  await Promise.all(second.map(({ end }) => end()));
  await expect.poll(() => lasting(all).catch(() => ["none"]), patience).toEqual([]);
}, 400_000);
