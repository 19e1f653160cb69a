// Somebody with a right to ask for access to a tenant's namespace, and who would have it alone, longer, or unseen. Its tests run on the
// API server of another file, and need its audit log.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccessRequest } from "@agentic/api/access-request.ts";
import { BREAK_GLASS_ROLE } from "@agentic/api/names.ts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notifications } from "../../examples/notifications/receiver.ts";
import { Client } from "../../kube/client/client.ts";
import { Alarm } from "../../operator/access/alarm.ts";
import { AccessController } from "../../operator/access/controller.ts";
import { createMetrics } from "../../operator/metrics.ts";
import { type Cluster, until } from "../integration/operator/cluster.ts";
import { type AlarmReceiver, applyBreakGlass, RBAC, roleRef, startAlarmReceiver } from "./break-glass-cluster.ts";
import { refusal } from "./platform.ts";

const REQUESTS = "/apis/agentic.io/v1alpha1/accessrequests";
const MINUTE = 60_000;

/**
 * Registers the tests.
 *
 * @param started the running cluster, with the namespaces `tenant-a`
 * @param audited what the documentation's query finds who was let in
 */
export function breakGlassTests(started: () => Cluster, audited: () => string): void {
  const space = "tenant-a";
  const secret = `/api/v1/namespaces/${space}/secrets/object-store`;
  const bindings = `${RBAC}/namespaces/${space}/rolebindings`;
  const dir = mkdtempSync(join(tmpdir(), "break-glass-"));
  const clients: Client[] = [];
  let receiver: AlarmReceiver;
  let cluster: Cluster;
  let operator: Client;
  let running: { stop(): Promise<void> } | undefined;
  /** Milliseconds that the operator's clock is ahead. */
  let ahead = 0;
  let count = 0;

  /** A person, as the API server knows one. */
  function as(user: string): Client {
    const client = new Client({ ...cluster.connection, headers: { "impersonate-user": user } });
    clients.push(client);
    return client;
  }

  async function startController(): Promise<void> {
    const alarm = new Alarm({ url: receiver.url, keyFile: join(dir, "key") });
    const access = new AccessController({
      client: operator,
      alarm,
      metrics: createMetrics({ phases: () => ({}), queueDepth: () => 0, access: () => access.counts() }),
      log: pino({ level: "silent" }),
      now: () => Date.now() + ahead,
    });
    const ends = new AbortController();
    const done = Promise.all([access.informer.run(ends.signal), access.work()]);
    running = {
      stop: async () => {
        access.stop();
        ends.abort();
        await done;
        await alarm.close();
      },
    };
  }

  beforeAll(async () => {
    cluster = started();
    const { client } = cluster;
    writeFileSync(join(dir, "key"), "alarm-key\n");
    receiver = await startAlarmReceiver();
    await applyBreakGlass(client, space);
    operator = new Client(await cluster.operatorConnection());
    clients.push(operator);
    await until("the definition and admission", async () => {
      const probe = client.create(`${REQUESTS}?dryRun=All`, request("probe", { requestedBy: "somebody-else" }));
      const message = await refusal(probe).catch(() => "");
      return message.includes("access-requests.agentic.io") || undefined;
    });
    await startController();
  });
  afterAll(async () => {
    await running?.stop();
    await Promise.all(clients.map((client) => client.close()));
    receiver.stop();
    rmSync(dir, { recursive: true });
  });

  const request = (name: string, more: object = {}) => ({
    apiVersion: "agentic.io/v1alpha1",
    kind: "AccessRequest",
    metadata: { name },
    spec: { namespace: space, reason: "INC-17: stuck workflow", minutes: 30, requestedBy: "alice", ...more },
  });
  const ask = async (more: object = {}) => {
    const name = `r-${count++}`;
    await as("alice").create(REQUESTS, request(name, more));
    return name;
  };
  const change = (user: string, name: string, spec: object) => as(user).patch(`${REQUESTS}/${name}`, { spec });
  const approve = (name: string, user = "bob") => change(user, name, { approvedBy: user });
  const inPhase = (name: string, phase: string) =>
    until(`${name} is ${phase}`, async () => {
      const { status } = await cluster.client.get<AccessRequest>(`${REQUESTS}/${name}`);
      return status?.phase === phase ? status : undefined;
    });
  const mayRead = async (user = "alice", path = secret) =>
    await as(user)
      .get(path)
      .then(
        () => true,
        () => false,
      );
  const untilRead = (expected: boolean) =>
    until(`alice reads: ${expected}`, async () => ((await mayRead()) === expected ? 1 : undefined));

  describe("break-glass", () => {
    test("two people let one of them in for a time, the platform hears of it, and the record has it", async () => {
      const name = await ask();
      expect(await mayRead()).toBe(false);
      await approve(name);
      const { expiresAt = "" } = await inPhase(name, "Active");
      expect(Math.round((Date.parse(expiresAt) - Date.now()) / MINUTE)).toBe(30);
      await untilRead(true);
      expect([
        await mayRead("bob"),
        await mayRead("alice", `/api/v1/namespaces/${space}/secrets/tenant-user-token`),
      ]).toEqual([false, false]);
      ahead += 30 * MINUTE;
      await running?.stop();
      await startController();
      expect((await inPhase(name, "Ended")).message).toBe("its 30 minutes are over");
      await untilRead(false);
      await until("the alarms", async () => (receiver.got.length === 3 ? 1 : undefined));
      const notifications = new Notifications("alarm-key");
      const events = receiver.got.map(({ headers, body }) => [
        notifications.check(headers, body),
        JSON.parse(body).event,
      ]);
      expect(events).toEqual([
        ["accept", "BreakGlassRequested"],
        ["accept", "BreakGlassActive"],
        ["accept", "BreakGlassEnded"],
      ]);
      const told = await cluster.client.list<{ reason: string; message: string }>(`/api/v1/namespaces/${space}/events`);
      expect(told.map(({ reason }) => reason)).toEqual(
        expect.arrayContaining(["BreakGlassRequested", "BreakGlassActive", "BreakGlassEnded"]),
      );
      expect(told.find(({ reason }) => reason === "BreakGlassActive")?.message).toMatch(
        /^alice may act in tenant-a until .*; bob approved it: INC-17: stuck workflow$/,
      );
      const record = audited();
      expect(record).toMatch(new RegExp(`alice\\tcreate\\t${name}\\ttenant-a\\t30\\t.*INC-17: stuck workflow`));
      expect(record).toMatch(new RegExp(`bob\\tpatch\\t${name}`));
    });

    test.each<[string, (name: string) => Promise<unknown>, string]>([
      ["by who asks", (name) => approve(name, "alice"), "approvedBy must be another person than requestedBy"],
      [
        "by who asks, in another's name",
        (name) => change("alice", name, { approvedBy: "bob" }),
        "must be your own name, alice",
      ],
      ["in another's name", (name) => change("bob", name, { approvedBy: "carol" }), "must be your own name, bob"],
      ["by who may not", (name) => approve(name, "mallory"), "mallory"],
      [
        "by a program",
        (name) => approve(name, "system:serviceaccount:tools:bot"),
        "system:serviceaccount:tools:bot is no person",
      ],
    ])("isn't approved %s", async (_, attack, words) => {
      const name = await ask();
      expect(await refusal(attack(name))).toContain(words);
      expect(await mayRead()).toBe(false);
    });

    test.each<[string, string, object, string]>([
      ["approved from the beginning", "alice", { approvedBy: "bob" }, "can't be set by who asks"],
      ["for another", "alice", { requestedBy: "mallory" }, "spec.requestedBy must be your own name, alice"],
      [
        "by a program",
        "system:serviceaccount:tools:bot",
        { requestedBy: "system:serviceaccount:tools:bot" },
        "is no person",
      ],
      ["by a tenant's user", "tenant-user", { requestedBy: "tenant-user" }, 'cannot create resource "accessrequests"'],
      ["for a day", "alice", { minutes: 1440 }, "spec.minutes"],
      ["for the platform's namespace", "alice", { namespace: "agentic-system" }, "spec.namespace"],
      ["without a reason", "alice", { reason: "" }, "spec.reason"],
    ])("isn't asked for %s", async (_, user, spec, words) => {
      expect(await refusal(as(user).create(REQUESTS, request(`r-${count++}`, spec)))).toContain(words);
    });

    test("isn't longer than approved: neither who has it nor who approved it can change it, nor begin it again", async () => {
      const name = await ask({ minutes: 5 });
      await approve(name);
      await inPhase(name, "Active");
      for (const user of ["alice", "bob"])
        expect(await refusal(change(user, name, { minutes: 240 }))).toContain("what was asked for is immutable");
      const later = { status: { expiresAt: new Date(Date.now() + 1e9).toISOString() } };
      expect(await refusal(as("alice").patch(`${REQUESTS}/${name}/status`, later))).toContain("forbidden");
      await untilRead(true);
      for (const [path, body] of [
        [bindings, { metadata: { name: "mine" }, roleRef: roleRef("Role", BREAK_GLASS_ROLE), subjects: [] }],
        [`/api/v1/namespaces/${space}/serviceaccounts/agent/token`, {}],
        [`/api/v1/namespaces/${space}/pods`, {}],
      ] as const)
        expect(await refusal(as("alice").create(path, body))).toContain("forbidden");
      // A token of an account would be good beyond the time.
      for (const path of ["secrets", "secrets/tenant-user-token"])
        expect(await refusal(as("alice").get(`/api/v1/namespaces/${space}/${path}`))).toContain("forbidden");
      ahead += 5 * MINUTE;
      await change("bob", name, { endedBy: "bob" });
      await inPhase(name, "Ended");
      await untilRead(false);
      expect(await refusal(change("bob", name, { approvedBy: null }))).toContain("approvedBy is set once and for all");
      expect(await refusal(change("bob", name, { endedBy: null }))).toContain("endedBy is set once and for all");
    });

    test("isn't begun by an approval that comes too late", async () => {
      const name = await ask();
      await inPhase(name, "Requested");
      ahead += 60 * MINUTE;
      await approve(name);
      expect((await inPhase(name, "Expired")).message).toBe("nobody approved it within 60 minutes");
      expect(await mayRead()).toBe(false);
      ahead = 0;
    });

    test("ends although the alarm's receiver is away, and that hears of it later", async () => {
      receiver.got.length = 0;
      receiver.answers.push(503, 503);
      const name = await ask();
      await change("alice", name, { endedBy: "alice" });
      expect((await inPhase(name, "Ended")).message).toBe("alice ended it");
      await until("the alarm", async () => receiver.got.find(({ body }) => body.includes("BreakGlassEnded")));
    });

    test("is the request's, with which Kubernetes deletes it", async () => {
      const name = await ask();
      await approve(name);
      const [owner] = await until("the binding", async () => {
        const found = await cluster.client
          .get<{ metadata: { ownerReferences: { uid: string }[] } }>(`${bindings}/break-glass-${name}`)
          .catch(() => undefined);
        return found?.metadata.ownerReferences;
      });
      const { metadata } = await cluster.client.get<AccessRequest>(`${REQUESTS}/${name}`);
      expect(owner?.uid).toBe(metadata.uid);
      await change("bob", name, { endedBy: "bob" });
      await inPhase(name, "Ended");
    });

    test("isn't given past it: not by a namespace's administrator, and the operator gives nothing else", async () => {
      await cluster.client.create(`${RBAC}/clusterroles`, {
        metadata: { name: "administrator" },
        rules: [
          { apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings"], verbs: ["create", "delete"] },
          { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "clusterroles"], verbs: ["bind"] },
        ],
      });
      await cluster.client.create(bindings, {
        metadata: { name: "administrators" },
        roleRef: roleRef("ClusterRole", "administrator"),
        subjects: ["mallory", "system:serviceaccount:agentic-system:agentic-operator"].map((name) => ({
          kind: "User",
          name,
        })),
      });
      const glass = (name: string, ...names: string[]) => ({
        metadata: { name },
        roleRef: roleRef("Role", BREAK_GLASS_ROLE),
        subjects: names.map((subject) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: subject })),
      });
      const refused = await until("mallory's own rights", async () => {
        const message = await refusal(as("mallory").create(bindings, glass("mine", "mallory")));
        return message.includes("cannot create resource") || message.includes("attempting to grant")
          ? undefined
          : message;
      });
      expect(refused).toContain(
        "is given by an AccessRequest that another person approves, not by a RoleBinding of mallory",
      );
      const admin = { ...glass("break-glass-x", "mallory"), roleRef: roleRef("ClusterRole", "administrator") };
      expect(await refusal(operator.create(bindings, admin))).toContain("the operator binds and unbinds nothing but");
      expect(await refusal(operator.delete(`${bindings}/administrators`))).toContain(
        "the operator binds and unbinds nothing but",
      );
      expect(await refusal(operator.create(bindings, glass("break-glass-x", "a", "b")))).toContain(
        "one person at a time",
      );
      expect(await refusal(operator.create(bindings, glass("break-glass-x", "system:admin")))).toContain("one person");
    });
  });
}
