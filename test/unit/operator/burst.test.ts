// Many workloads at once: all are started before it is written down which have started, and whatever happens each is.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../../kube/client/api-error.ts";
import { PATHS } from "../../../operator/argo.ts";
import { Process } from "./life.ts";
import { type Call, type Fault, MemoryApi } from "./memory-api.ts";
import { START, TEMPLATE, TENANT } from "./observed.ts";

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

const namespace = "tenant-demo";
const pathOf = (name: string) => workloadPath(namespace, name);

/** An API server with a tenant and so many workloads. */
function apiWith(count: number): MemoryApi {
  const api = new MemoryApi();
  api.create(`/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: TENANT_CONFIG_MAP }, data: TENANT });
  api.create(PATHS.workflowsIn(namespace).replace(/workflows$/, "workflowtemplates"), { ...TEMPLATE });
  for (let i = 0; i < count; i++) submit(api, `w-${i}`);
  return api;
}

function submit(api: MemoryApi, name: string): void {
  api.create(pathOf(name).slice(0, -name.length - 1), {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name },
    spec: { objective: "compare", targetUrls: ["https://example.com/"] },
  });
}

const isStart = ({ verb, path }: Call) => verb === "create" && path.endsWith("/workflows");
const isStatus = ({ verb, path }: Call) => verb === "patch" && path.endsWith("/status");

describe("a burst of workloads", () => {
  it("is started before any status is written, also what comes while others wait for theirs", async () => {
    const api = apiWith(6);
    const calls: Call[] = [];
    let submitted = 6;
    const process = new Process(api, {
      allowed: true,
      fault: (call) => {
        calls.push(call);
        if (isStart(call) && submitted < 20) submit(api, `w-${submitted++}`);
        return undefined;
      },
    });
    await vi.advanceTimersByTimeAsync(5_000);
    process.kill();
    expect(calls.filter(isStart)).toHaveLength(20);
    expect(new Set(calls.filter(isStatus).map(({ path }) => path)).size).toBe(20);
    // Of two workers one may find nothing more to start while the other still does.
    const beforeLastStart = calls.slice(0, calls.findLastIndex(isStart)).filter(isStatus);
    expect(beforeLastStart.length).toBeLessThanOrEqual(1);
  });

  it("takes two decisions for each start: whether it may, and that it does", async () => {
    const api = apiWith(30);
    let decisions = 0;
    let untilLastStart = 0;
    const process = new Process(api, {
      allowed: true,
      onDecision: () => decisions++,
      fault: (call) => {
        if (isStart(call)) untilLastStart = decisions;
        return undefined;
      },
    });
    await vi.advanceTimersByTimeAsync(5_000);
    process.kill();
    expect(decisions).toBeGreaterThan(60);
    // Of two workers one may have nothing more to start.
    expect(untilLastStart).toBeLessThanOrEqual(62);
  });

  const faults: [string, Fault | "kill before" | "kill after"][] = [
    ["the process is killed before the call", "kill before"],
    ["the process is killed after the call", "kill after"],
    ["500", { when: "before", error: new ApiError({ status: 500, message: "etcd is away" }) }],
    ["no answer, but done", { when: "after", error: new Error("Headers Timeout Error") }],
  ];
  it.each(faults)("has one Workflow and a status each with this at each call in turn: %s", async (what, fault) => {
    const undisturbed = await play(undefined, what);
    expect(undisturbed).toBeGreaterThan(15);
    for (let at = 1; at <= undisturbed; at++) await play(at, what, fault);
  });

  /** Plays a burst in which something happens to a call; returns how many calls there were. */
  async function play(at: number | undefined, what: string, fault?: (typeof faults)[number][1]): Promise<number> {
    const api = apiWith(5);
    let calls = 0;
    let process: Process;
    const start = () => {
      process = new Process(api, {
        allowed: true,
        fault: () => {
          if (++calls !== at || fault === undefined) return undefined;
          if (typeof fault !== "string") return fault;
          const died = process;
          setTimeout(start, 1_000);
          if (fault === "kill before") died.kill();
          else void Promise.resolve().then(() => died.kill());
          return undefined;
        },
      });
      return process;
    };
    process = start();
    await vi.advanceTimersByTimeAsync(40_000);
    const { depth } = process;
    process.kill();
    const workflows = api.created.filter(({ resource }) => resource.endsWith("/workflows")).map(({ name }) => name);
    const named = [0, 1, 2, 3, 4].map(
      (i) => (api.find(pathOf(`w-${i}`)) as AgentWorkload | undefined)?.status?.argoWorkflow?.name,
    );
    expect({ what, at, named: named.sort(), depth }).toEqual({ what, at, named: workflows.sort(), depth: 0 });
    vi.clearAllTimers();
    return calls;
  }
});
