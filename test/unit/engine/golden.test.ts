// What a real Argo controller made of the same workflows: phases, names, ids, types, messages, outputs, progress, labels.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { podName } from "../../../api/pod-names.ts";
import type { Library, NodeStatus, Pod, Workflow, WorkflowTemplate } from "../../../embedded/engine/core/types.ts";
import { byNode, type Script, SimulatedCluster } from "./simulated-cluster.ts";

const readGolden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8")) as T;

/** The workflow as it was submitted. */
function submitted(golden: Workflow): Workflow {
  const { name, namespace, uid = "", creationTimestamp = "" } = golden.metadata;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace, uid, creationTimestamp },
    spec: golden.spec,
  };
}

/** What both must agree in: times depend on the machine, resourcesDuration and taskResultSynced on Argo's executor. */
function comparable(node: NodeStatus) {
  const { startedAt: _, finishedAt: __, ...rest } = node;
  const { resourcesDuration: ___, taskResultSynced: ____, ...compared } = rest as Record<string, unknown>;
  return compared;
}

/** Argo's message of a failed workflow says less than ours: what failed first, in the words of its node, is missing. */
function withoutReason(workflow: Workflow): Workflow {
  const { message = "", nodes = {} } = workflow.status ?? {};
  for (const node of Object.values(nodes)) {
    const reason = `${node.displayName}: ${node.message}`;
    const reasonStart = message.replace(/ \(and \d+ more\)$/, "").lastIndexOf(reason);
    if (reasonStart < 0 || !node.message) continue;
    const { message: _, ...status } = workflow.status ?? {};
    const argo = message.slice(0, reasonStart).replace(/: $/, "");
    return { ...workflow, status: argo ? { ...status, message: argo } : status };
  }
  return workflow;
}

function outcome({ metadata, status }: Workflow) {
  const labels = Object.fromEntries(
    Object.entries(metadata.labels ?? {}).filter(([key]) => !/\/(action|actor)$/.test(key)),
  );
  return {
    phase: status?.phase,
    message: status?.message,
    progress: status?.progress,
    conditions: status?.conditions,
    labels,
    podNameFormat: metadata.annotations?.["workflows.argoproj.io/pod-name-format"],
    nodes: Object.fromEntries(Object.entries(status?.nodes ?? {}).map(([id, node]) => [id, comparable(node)])),
  };
}

const echo = (pod: Pod): Script => {
  const source = pod.metadata.annotations?.["workflows.argoproj.io/script"] ?? "";
  return { output: `${/echo '(.*)'/.exec(source)?.[1] ?? ""}\n` };
};
const deadline: Script = {
  seconds: 4,
  exitCode: 143,
  podMessage: "Pod was active on the node longer than the specified deadline",
};

const template = readGolden<WorkflowTemplate>("00wft");
const library: Library = {
  workflowTemplate: (name) => (name === template.metadata.name ? template : undefined),
  clusterWorkflowTemplate: () => undefined,
};

describe("agrees with Argo on", () => {
  const cases: [string, (pod: Pod) => Script][] = [
    ["contfail", byNode({ a: { exitCode: 3 }, c: { exitCode: 3 } })],
    ["gate-timeout", byNode({ denied: { exitCode: 3 } })],
    ["loops", echo],
    ["nofile", () => ({})],
    ["retryout", () => ({ exitCode: 3 })],
    ["tmpldeadline", () => deadline],
    ["wftref", () => ({})],
  ];
  test.each(cases)("%s", (name, script) => {
    const golden = readGolden<Workflow>(name);
    const cluster = new SimulatedCluster(submitted(golden), script, library).run();
    expect(outcome(withoutReason(cluster.workflow))).toEqual(outcome(golden));
  });

  test("gate-patch: one merge patch of the gate's node decides it", () => {
    const golden = readGolden<Workflow>("gate-patch");
    const cluster = new SimulatedCluster(submitted(golden));
    cluster.step();
    cluster.step();
    const { status } = structuredClone(cluster.workflow);
    const gate = Object.values(status?.nodes ?? {}).find(({ displayName }) => displayName === "gate");
    if (!status || !gate) throw new Error("the gate has no node");
    const parameters = [{ name: "decision", value: "approve", valueFrom: { default: "deny", supplied: {} } }];
    Object.assign(gate, {
      phase: "Succeeded",
      message: "approved by operator",
      finishedAt: "2026-11-21T06:11:35Z",
      outputs: { parameters },
    });
    cluster.workflow = { ...cluster.workflow, status };
    expect(outcome(cluster.run().workflow)).toEqual(outcome(golden));
  });

  test("suspme: a suspended workflow runs nothing until it is resumed", () => {
    const golden = readGolden<Workflow>("suspme");
    const input = submitted(golden);
    const cluster = new SimulatedCluster({ ...input, spec: { ...input.spec, suspend: true } }).run();
    expect(cluster.workflow.status?.phase).toBe("Running");
    expect(cluster.created).toEqual([]);
    cluster.workflow = { ...cluster.workflow, spec: golden.spec };
    expect(outcome(cluster.run().workflow)).toEqual(outcome(golden));
  });
});

describe("refuses by name what it doesn't do yet:", () => {
  test.each([
    ["memo1", "spec.templates[0].memoize: is not supported by this workflow engine"],
    ["memo2", "spec.templates[0].memoize: is not supported by this workflow engine"],
    [
      "hooks",
      "spec.hooks: is not supported by this workflow engine; spec.templates[0].steps[0][0].hooks: is not supported by this workflow engine",
    ],
  ])("%s", (name, message) => {
    const cluster = new SimulatedCluster(submitted(readGolden<Workflow>(name))).run();
    expect(cluster.workflow.status).toMatchObject({ phase: "Error", message });
    expect(cluster.created).toEqual([]);
  });
});

test("the three-pod chain runs its steps one after the other", () => {
  const chain = readGolden<Workflow>("chain-input");
  const cluster = new SimulatedCluster({
    ...chain,
    metadata: { ...chain.metadata, name: "chain-x", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" },
  }).run();
  expect(cluster.workflow.status).toMatchObject({ phase: "Succeeded", progress: "3/3" });
  const names = ["chain-x[0].a", "chain-x[1].b", "chain-x[2].d"];
  expect(cluster.created).toEqual(names.map((name) => podName("chain-x", name, "c")));
});
