// How workflows run: engine.test.ts has these tests run on its API server.
import { describe, expect, test } from "vitest";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { Template, Workflow } from "../../../embedded/engine/core/types.ts";
import { type Cluster, until } from "./cluster.ts";
import { gate, NS, single, step } from "./specs.ts";

/** Registers the tests; the cluster runs once they do. */
export function workflowTests(cluster: () => Cluster): void {
  describe("a workflow", () => {
    test("runs its pod, reacts to it at once and ends with it", async () => {
      const { metadata } = await cluster().submit(NS, "one", single());
      const pod = await cluster().pod(NS, "one");
      expect(pod.metadata).toMatchObject({
        name: "one",
        labels: { "workflows.argoproj.io/workflow": "one", "workflows.argoproj.io/completed": "false" },
        annotations: { "workflows.argoproj.io/node-id": "one", "workflows.argoproj.io/node-name": "one" },
        ownerReferences: [{ kind: "Workflow", name: "one", uid: metadata.uid, controller: true }],
      });
      expect(pod.spec.automountServiceAccountToken).toBe(false);
      await cluster().run(pod);
      await until(
        "the node to run",
        async () => (await cluster().workflow(NS, "one")).status?.nodes?.one?.phase === "Running",
      );
      await cluster().end(pod);
      const workflow = await cluster().phase(NS, "one", "Succeeded");
      expect(workflow.metadata.labels).toMatchObject({
        "workflows.argoproj.io/phase": "Succeeded",
        "workflows.argoproj.io/completed": "true",
      });
      await until(
        "the pod's label",
        async () => (await cluster().pod(NS, "one")).metadata.labels?.["workflows.argoproj.io/completed"] === "true",
      );
    });

    test("passes an output on to the next step", async () => {
      const make: Template = {
        ...step,
        name: "make",
        outputs: { parameters: [{ name: "o", valueFrom: { path: "/tmp/o" } }] },
      };
      const use: Template = {
        name: "use",
        inputs: { parameters: [{ name: "v" }] },
        container: { image: "i", args: ["{{inputs.parameters.v}}"] },
      };
      const steps = [
        [{ name: "a", template: "make" }],
        [
          {
            name: "b",
            template: "use",
            arguments: { parameters: [{ name: "v", value: "{{steps.a.outputs.parameters.o}}" }] },
          },
        ],
      ];
      await cluster().submit(NS, "pass", { entrypoint: "main", templates: [{ name: "main", steps }, make, use] });
      const first = await cluster().pod(NS, "pass[0].a");
      expect(first.spec.containers).toMatchObject([{ terminationMessagePath: "/tmp/o" }]);
      await cluster().end(first, 0, '{"x":1}\n');
      const second = await cluster().pod(NS, "pass[1].b");
      expect(second.spec.containers).toMatchObject([{ args: ['{"x":1}'] }]);
      await cluster().end(second);
      await cluster().phase(NS, "pass", "Succeeded");
    });

    test("is decided at its gate by one merge patch", async () => {
      await cluster().submit(NS, "gated", gate);
      const waiting = await until("the gate", async () => {
        const workflow = await cluster().workflow(NS, "gated");
        return (
          Object.values(workflow.status?.nodes ?? {}).some(
            (node) => node.type === "Suspend" && node.phase === "Running",
          ) && workflow
        );
      });
      const { id } = cluster().node(waiting, "gate");
      const outputs = {
        parameters: [{ name: "decision", value: "approve", valueFrom: { supplied: {}, default: "deny" } }],
      };
      await cluster().client.patch(paths.workflow(NS, "gated"), {
        metadata: { resourceVersion: waiting.metadata.resourceVersion },
        status: {
          nodes: { [id]: { phase: "Succeeded", message: "approved", finishedAt: "2026-01-01T00:00:00Z", outputs } },
        },
      });
      await cluster().end(await cluster().pod(NS, "gated.synth"));
      const gated = await cluster().phase(NS, "gated", "Succeeded");
      expect(cluster().node(gated, "gate").message).toBe("approved");
    });

    test("tries again when a pod is deleted under it", async () => {
      const retryStrategy = {
        limit: "2",
        retryPolicy: "Always",
        expression: "lastRetry.status == 'Error' || lastRetry.exitCode == '75'",
      };
      await cluster().submit(NS, "again", single({ retryStrategy }));
      const first = await cluster().run(await cluster().pod(NS, "again(0)"));
      await until("the attempt to run", async () =>
        Object.values((await cluster().workflow(NS, "again")).status?.nodes ?? {}).some(
          ({ phase, type }) => type === "Pod" && phase === "Running",
        ),
      );
      await cluster().remove(first);
      const second = await cluster().pod(NS, "again(1)");
      await cluster().end(second, 75);
      await cluster().end(await cluster().pod(NS, "again(2)"));
      const workflow = await cluster().phase(NS, "again", "Succeeded");
      expect(cluster().node(workflow, "again(0)")).toMatchObject({ phase: "Error", message: "pod deleted" });
      expect(cluster().node(workflow, "again(1)")).toMatchObject({ phase: "Failed", outputs: { exitCode: "75" } });
    });

    test("stops when it is told to", async () => {
      await cluster().submit(NS, "stopped", single());
      const pod = await cluster().run(await cluster().pod(NS, "stopped"));
      await cluster().client.patch(paths.workflow(NS, "stopped"), { spec: { shutdown: "Stop" } });
      const workflow = await cluster().phase(NS, "stopped", "Failed");
      expect(workflow.status?.message).toBe("Stopped with strategy 'Stop'");
      await until("the pod to be deleted", async () =>
        (await cluster().pods(NS)).every(
          ({ metadata }) => metadata.name !== pod.metadata.name || metadata.deletionTimestamp,
        ),
      );
    });

    test("is deleted when its time to live is over, its pods by podGC", async () => {
      await cluster().submit(NS, "brief", {
        ...single(),
        podGC: { strategy: "OnPodCompletion", deleteDelayDuration: "0s" },
        ttlStrategy: { secondsAfterCompletion: 1 },
      });
      await cluster().end(await cluster().pod(NS, "brief"));
      await until("the pod to go", async () =>
        (await cluster().pods(NS)).every(({ metadata }) => metadata.name !== "brief" || metadata.deletionTimestamp),
      );
      await until("the workflow to go", async () => (await cluster().find(NS, "brief")) === undefined);
      expect(await cluster().find(NS, "brief")).toBeUndefined();
    });

    test("is refused by name when it asks for what the engine doesn't do", async () => {
      await cluster().submit(NS, "odd", {
        ...single(),
        volumeClaimTemplates: [{ metadata: { name: "x" } }],
      } as Workflow["spec"]);
      const workflow = await cluster().phase(NS, "odd", "Error");
      expect(workflow.status?.message).toBe("spec.volumeClaimTemplates: is not supported by this workflow engine");
    });

    test("ends in error when the API server refuses its pod", async () => {
      await cluster().submit(NS, "badpod", {
        entrypoint: "c",
        templates: [{ name: "c", container: { image: "i", resources: { limits: { cpu: "much" } } } }],
      });
      const workflow = await cluster().phase(NS, "badpod", "Error");
      expect(workflow.status?.nodes?.badpod).toMatchObject({ type: "Pod", phase: "Error" });
      expect(workflow.status?.message).toMatch(/quantities must match/);
    });
  });
}
