// Kinds that the engine doesn't carry out: nobody waits in silence.
import { eventsPath } from "@agentic/kube/controller/event.ts";
import pino from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { argoKinds } from "../../../components/argo/definitions.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import { UNSERVED, watchUnserved } from "../../../embedded/engine/controller/unserved.ts";
import { eventually, MemoryApi } from "./api.ts";

const NS = "ns";
const bindings = paths.ofKind("workfloweventbindings", NS);
const binding = (name: string, status?: object) => ({
  metadata: { name, namespace: NS, uid: `uid-${name}` },
  ...(status ? { status } : {}),
});

describe("an object that isn't carried out", () => {
  const controllers: { stop(): Promise<void> }[] = [];
  afterEach(() => Promise.all(controllers.splice(0).map((service) => service.stop())));
  function watch(api: MemoryApi): void {
    const unserved = watchUnserved({
      client: api,
      namespaces: [NS],
      log: pino({ level: "silent" }),
      onProblem: () => {},
      now: () => new Date("2026-01-01T00:00:00Z"),
    });
    unserved.start();
    controllers.push(unserved);
  }
  const events = (api: MemoryApi) => [...api.objects].filter(([path]) => path.startsWith(eventsPath(NS)));

  test("gets one event, and a condition where people make its kind", async () => {
    const api = new MemoryApi();
    api.put(bindings, binding("on-push"));
    api.put(paths.ofKind("workflowtaskresults", NS), binding("result"));
    watch(api);
    await eventually("both are told", () => events(api).length === 2 && api.patches.length === 1);
    const [[path, event] = [], other] = events(api).sort();
    expect(path).toMatch(/\/on-push\.[0-9a-f]+$/);
    expect(event).toMatchObject({
      type: "Warning",
      reason: "NotServed",
      message: expect.stringContaining(
        "this WorkflowEventBinding has no effect: this workflow engine starts no workflow on an event",
      ),
      involvedObject: { kind: "WorkflowEventBinding", name: "on-push", namespace: NS, uid: "uid-on-push" },
      firstTimestamp: "2026-01-01T00:00:00Z",
    });
    expect(other?.[1]).toMatchObject({ involvedObject: { kind: "WorkflowTaskResult", name: "result" } });
    expect(api.objects.get(`${bindings}/on-push`)?.status).toMatchObject({
      conditions: [{ type: "NotServed", status: "True" }],
    });
    const before = api.calls.length;
    api.put(bindings, { ...binding("on-push"), spec: { changed: true } });
    watch(api);
    await eventually("the second engine has tried", () =>
      api.calls.slice(before).some((call) => call.startsWith("POST")),
    );
    expect(events(api)).toHaveLength(2);
  });

  test("keeps the other conditions that it has", async () => {
    const api = new MemoryApi();
    api.put(bindings, binding("on-push", { seen: [], conditions: [{ type: "Other", status: "True" }] }));
    watch(api);
    await eventually("it is told", () => api.patches.length === 1);
    expect(api.objects.get(`${bindings}/on-push`)?.status).toMatchObject({
      seen: [],
      conditions: [{ type: "Other" }, { type: "NotServed" }],
    });
  });

  test("that can't be told for want of a right keeps nobody busy", async () => {
    const api = new MemoryApi();
    for (const request of ["POST", "PATCH"]) api.fail(request, 403, "forbidden");
    api.put(bindings, binding("on-push"));
    watch(api);
    await eventually("it was tried", () => api.failures.length === 0);
    const calls = api.calls.length;
    api.put(bindings, { ...binding("on-push"), spec: {} });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(api.calls.length).toBe(calls);
  });
});

test("every kind of Argo Workflows that the platform installs is run, or its objects are told", () => {
  const run = ["workflows", "cronworkflows", "workflowtemplates", "clusterworkflowtemplates"];
  const servedKinds = [...run, ...UNSERVED.map(({ plural }) => plural)];
  expect(argoKinds.map(({ plural }) => plural).sort()).toEqual(servedKinds.sort());
});
