// What the real API server takes and refuses of AgentSchedules, what it fills in, and in whose name they make workloads.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { BREAK_GLASS_RULES } from "@agentic/api/access-request.ts";
import type { AgentSchedule } from "@agentic/api/agentschedule.ts";
import { ANNOTATIONS, OPERATOR_USER } from "@agentic/api/names.ts";
import type { PolicyRule } from "@agentic/api/rbac.ts";
import { MEMBER_RULES } from "@agentic/api/roles.ts";
import { connect } from "@agentic/kube/connection/connect.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../../kube/client/client.ts";
import { enforce, workloadPolicies } from "../admission.ts";
import { People } from "../cli/people.ts";
import { type Cluster, startCluster } from "../operator/cluster.ts";
import { refusals, type Shape } from "./schedule-refusals.ts";

const AGENTIC = "/apis/agentic.io/v1alpha1/namespaces";
const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces";
const [OPEN, STRICT] = ["tenant-open", "tenant-strict"];

let cluster: Cluster;
let people: People;
const clients = new Map<string, Client>();
let count = 0;

/** Somebody's client. */
async function as(name: string): Promise<Client> {
  const client = clients.get(name) ?? new Client(await connect({ KUBECONFIG: people.kubeconfig(name, OPEN) }));
  clients.set(name, client);
  return client;
}

const by = (name: string) => ({ annotations: { [ANNOTATIONS.submittedBy]: name } });

const schedule = ({ metadata, schedule: fields, workload, spec }: Shape = {}) => ({
  apiVersion: "agentic.io/v1alpha1",
  kind: "AgentSchedule",
  metadata: { name: `s-${count++}`, ...metadata },
  spec: {
    schedule: { cron: "30 6 * * 1-5", ...fields },
    workload: { spec: { objective: "what is new", targetUrls: ["https://example.com/"], ...spec }, ...workload },
  },
});

async function create(shape: Shape = {}, name = "sam", namespace = OPEN): Promise<AgentSchedule> {
  return (await as(name)).create(`${AGENTIC}/${namespace}/agentschedules?fieldValidation=Strict`, schedule(shape));
}

async function patch({ metadata }: AgentSchedule, body: object, name = "sam"): Promise<AgentSchedule> {
  return (await as(name)).patch(`${AGENTIC}/${metadata.namespace}/agentschedules/${metadata.name}`, body);
}

beforeAll(async () => {
  cluster = await startCluster();
  people = new People(cluster.kubeconfig);
  await cluster.tenant(OPEN, { template: false });
  await cluster.tenant(STRICT, { template: false, settings: { four_eyes: "true" } });
  const grant = async (namespace: string, name: string, rules: PolicyRule[], users: string[]) => {
    await cluster.client.create(`${RBAC}/${namespace}/roles`, { metadata: { name }, rules });
    await cluster.client.create(`${RBAC}/${namespace}/rolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: users.map((user) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user })),
    });
  };
  const onlySchedules = [
    { apiGroups: ["agentic.io"], resources: ["agentschedules"], verbs: ["get", "create", "update"] },
  ];
  for (const namespace of [OPEN, STRICT]) {
    const tenantUser = `system:serviceaccount:${namespace}:tenant-user`;
    await grant(namespace, "user", MEMBER_RULES.user, ["sam", "kim", tenantUser]);
    await grant(namespace, "viewer", [...MEMBER_RULES.viewer, ...MEMBER_RULES.approver], ["vera"]);
    await grant(namespace, "break-glass", BREAK_GLASS_RULES, ["breaker"]);
    await grant(namespace, "schedules", onlySchedules, ["planner"]);
  }
  await enforce(cluster.client, workloadPolicies());
});
afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.close()));
  people.remove();
  await cluster.stop();
});

describe("an AgentSchedule", () => {
  it("gets the defaults of its contract, and its workload those of an AgentWorkload", async () => {
    const { spec } = await create();
    expect(spec.schedule).toEqual({
      cron: "30 6 * * 1-5",
      timeZone: "UTC",
      concurrencyPolicy: "Allow",
      suspend: false,
      historyLimits: { successful: 3, failed: 1 },
    });
    expect(spec.workload.spec).toMatchObject({ approval: { mode: "auto" }, retry: { limit: 0 } });
  });

  it.each([
    "* * * * *",
    "*/15 0-6/2,22,23 1,15 JAN-mar,12 ?",
    "0 0 29 2 *",
    "  5   4 * * sun ",
    "@daily",
    "@midnight",
    "10/20 8 * * MON-5",
    "59 23 31 12 6",
    "05 00 01 01 00",
  ])("takes %s", async (cron) => {
    await expect(create({ schedule: { cron } })).resolves.toBeDefined();
  });

  it.each(["Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC", "Asia/Kolkata"])(
    "takes the zone %s",
    async (timeZone) => {
      await expect(create({ schedule: { timeZone } })).resolves.toBeDefined();
    },
  );

  it.each(refusals)("can't have %s", async (_, shape, words) => {
    await expect(create(shape)).rejects.toThrow(words);
  });

  it("is shown by kubectl with its times and what runs", async () => {
    const { metadata } = await create({ metadata: { name: "shown" } });
    const status = {
      activeCount: 2,
      lastScheduleTime: new Date().toISOString(),
      nextScheduleTime: "2030-01-01T06:30:00Z",
    };
    await cluster.client.patch(`${AGENTIC}/${OPEN}/agentschedules/${metadata.name}/status`, { status });
    const { stdout } = await promisify(execFile)(join(cluster.bin, "kubectl"), ["get", "as", "shown", "-n", OPEN], {
      env: { KUBECONFIG: cluster.kubeconfig, HOME: "/nonexistent" },
    });
    const [head, row] = stdout.split("\n");
    expect(head?.split(/ {2,}/)).toEqual(["NAME", "SCHEDULE", "TIME ZONE", "SUSPEND", "ACTIVE", "LAST", "NEXT", "AGE"]);
    expect(row).toMatch(/^shown +30 6 \* \* 1-5 +UTC +false +2 +\d+s +2030-01-01T06:30:00Z/);
  });
});

describe("who says what a schedule runs", () => {
  const objective = { spec: { workload: { spec: { objective: "something else" } } } };

  it("says so in their own name, or in none", async () => {
    await create({ metadata: by("sam") });
    await expect(create({ metadata: by("kim") })).rejects.toThrow("agentic.io/submitted-by must be your own name, sam");
  });

  it.each([
    ["what runs", objective],
    ["when", { spec: { schedule: { cron: "0 7 * * *" } } }],
    ["what runs beside what", { spec: { schedule: { concurrencyPolicy: "Replace" } } }],
  ])("is named anew by who changes %s", async (_, change) => {
    const made = await create({ metadata: by("sam") });
    await expect(patch(made, change, "kim")).rejects.toThrow("must be your own name, kim");
    const changed = await patch(made, { ...change, metadata: by("kim") }, "kim");
    expect(changed.metadata.annotations).toMatchObject(by("kim").annotations);
  });

  it("stays who it is where somebody else suspends it, or keeps more of it", async () => {
    const made = await create({ metadata: by("sam") });
    await patch(made, { spec: { schedule: { suspend: true, historyLimits: { successful: 9 } } } }, "kim");
    await expect(patch(made, { metadata: by("kim") }, "kim")).rejects.toThrow(
      "stays as it is where neither what runs nor when",
    );
  });

  it("may start workloads", async () => {
    await expect(create({ metadata: by("planner") }, "planner")).rejects.toThrow(
      "planner may not create agentworkloads.agentic.io",
    );
  });

  it("is not who may only read", async () => {
    await expect(create({}, "vera")).rejects.toThrow(/cannot create resource/);
    await expect(patch(await create(), { spec: { schedule: { suspend: true } } }, "vera")).rejects.toThrow(
      /cannot patch resource/,
    );
  });

  it("is not who has broken the glass, who suspends and resumes and does nothing else", async () => {
    const made = await create({ metadata: by("sam") });
    await patch(made, { spec: { schedule: { suspend: true } } }, "breaker");
    await patch(made, { spec: { schedule: { suspend: false } } }, "breaker");
    for (const change of [
      objective,
      { spec: { schedule: { historyLimits: { failed: 7 } } } },
      { metadata: { labels: { a: "b" } } },
      { metadata: by("breaker") },
    ])
      await expect(patch(made, change, "breaker")).rejects.toThrow(
        "breaker may suspend and resume schedules, and change nothing else",
      );
  });

  it("must be told, and be a person's own account, where the tenant has four eyes", async () => {
    await expect(create({}, "sam", STRICT)).rejects.toThrow("this tenant has four eyes: say who submits");
    const account = `system:serviceaccount:${STRICT}:tenant-user`;
    await expect(create({ metadata: by(account) }, account, STRICT)).rejects.toThrow(
      "the account tenant-user is everybody's",
    );
    const made = await create({ metadata: by("sam") }, "sam", STRICT);
    const none = { metadata: { annotations: { [ANNOTATIONS.submittedBy]: null } } };
    await expect(patch(made, { ...objective, ...none }, "kim")).rejects.toThrow("say who submits");
  });
});

describe("a schedule's workload", () => {
  const workload = (owner: string | undefined, annotations: object = {}) => ({
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: {
      name: `w-${count++}`,
      annotations,
      ...(owner
        ? {
            ownerReferences: [
              { apiVersion: "agentic.io/v1alpha1", kind: owner, name: "s", uid: "u", controller: true },
            ],
          }
        : {}),
    },
    spec: { objective: "x", targetUrls: ["https://example.com/"] },
  });
  const submit = async (name: string, object: object) =>
    (await as(name)).create<{ metadata: { name: string } }>(`${AGENTIC}/${OPEN}/agentworkloads`, object);

  beforeAll(async () => {
    await cluster.client.create(`${RBAC}/${OPEN}/rolebindings`, {
      metadata: { name: "the-operator" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "operator-tenant" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: OPERATOR_USER }],
    });
  });

  it("is made by the operator alone, which makes no other, in the name of who has made the schedule", async () => {
    await submit(OPERATOR_USER, workload("AgentSchedule", by("sam").annotations));
    await expect(submit(OPERATOR_USER, workload(undefined, by("sam").annotations))).rejects.toThrow(
      /must be your own name|no workloads but those of schedules/,
    );
    await expect(submit(OPERATOR_USER, workload(undefined))).rejects.toThrow(
      "the operator makes no workloads but those of schedules",
    );
    await expect(submit("sam", workload("AgentSchedule"))).rejects.toThrow(
      "the operator makes the workloads of schedules",
    );
    const own = await submit("sam", workload(undefined));
    const claim = { metadata: { ownerReferences: workload("AgentSchedule").metadata.ownerReferences } };
    const path = `${AGENTIC}/${OPEN}/agentworkloads/${own.metadata.name}`;
    await expect((await as("sam")).patch(path, claim)).rejects.toThrow("the operator makes the workloads of schedules");
  });

  it("is for one time, for good", async () => {
    const annotations = { [ANNOTATIONS.scheduledAt]: "2026-11-30T06:00:00Z" };
    const { metadata } = await submit("sam", workload(undefined, annotations));
    const change = { metadata: { annotations: { [ANNOTATIONS.scheduledAt]: "2026-12-01T06:00:00Z" } } };
    const path = `${AGENTIC}/${OPEN}/agentworkloads/${metadata.name}`;
    await expect((await as("sam")).patch(path, change)).rejects.toThrow("agentic.io/scheduled-at never changes");
  });
});
