// Somebody with a right to ask for access to a tenant's namespace, and who would have it alone, longer, or unseen. Its tests run on the
// API server of another file, and need its audit log.

import { BREAK_GLASS_ROLE } from "@agentic/api/names.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notifications } from "../../examples/notifications/receiver.ts";
import { type Cluster, until } from "../integration/operator/cluster.ts";
import { type BreakGlassScene, RBAC, REQUESTS, request, roleRef, startBreakGlass } from "./break-glass-cluster.ts";
import { pastTheRequest } from "./break-glass-past-it.ts";
import { refusal } from "./platform.ts";

const MINUTE = 60_000;

/**
 * Registers the tests.
 *
 * @param started the running cluster, with the namespace `tenant-a` and Kubernetes' controllers of Jobs, of what is finished and of owners
 * @param audited what the documentation's query finds who was let in
 */
export function breakGlassTests(started: () => Cluster, audited: () => string): void {
  const space = "tenant-a";
  const bindings = `${RBAC}/namespaces/${space}/rolebindings`;
  let scene: BreakGlassScene;

  beforeAll(async () => {
    scene = await startBreakGlass(started(), space);
  });
  afterAll(async () => await scene?.stop());

  describe("break-glass", () => {
    test("two people let one of them in for a time, the platform hears of it, and the record has it", async () => {
      const name = await scene.ask();
      await scene.inPhase(name, "Requested");
      expect(await scene.mayRead()).toBe(false);
      await scene.approve(name);
      const { expiresAt = "" } = await scene.inPhase(name, "Active");
      expect(Math.round((Date.parse(expiresAt) - Date.now()) / MINUTE)).toBe(30);
      await scene.untilRead(true);
      expect([await scene.mayRead("bob"), await scene.mayRead("alice", "tenant-user-token")]).toEqual([false, false]);
      scene.ahead += 30 * MINUTE;
      await scene.stopController();
      scene.startController();
      expect((await scene.inPhase(name, "Ended")).message).toBe("its 30 minutes are over");
      await scene.untilRead(false);
      // At least once each: what is told again, as after a conflict, is known by its delivery.
      const accepted = () => {
        const notifications = new Notifications("alarm-key");
        return scene.receiver.got.flatMap(({ headers, body }) => {
          const answer = notifications.check(headers, body);
          return answer === "again" ? [] : [[answer, JSON.parse(body).event]];
        });
      };
      const events = await until("the alarms", async () => (accepted().length === 3 ? accepted() : undefined));
      expect(events).toEqual([
        ["accept", "BreakGlassRequested"],
        ["accept", "BreakGlassActive"],
        ["accept", "BreakGlassEnded"],
      ]);
      const told = await started().client.list<{ reason: string; message: string }>(
        `/api/v1/namespaces/${space}/events`,
      );
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
      ["by who asks", (name) => scene.approve(name, "alice"), "approvedBy must be another person than requestedBy"],
      [
        "by who asks, in another's name",
        (name) => scene.change("alice", name, { approvedBy: "bob" }),
        "must be your own name, alice",
      ],
      ["in another's name", (name) => scene.change("bob", name, { approvedBy: "carol" }), "must be your own name, bob"],
      ["by who may not", (name) => scene.approve(name, "mallory"), "mallory"],
      [
        "by a program",
        (name) => scene.approve(name, "system:serviceaccount:tools:bot"),
        "system:serviceaccount:tools:bot is no person",
      ],
    ])("isn't approved %s", async (_, attack, words) => {
      const name = await scene.ask();
      expect(await refusal(attack(name))).toContain(words);
      expect(await scene.mayRead()).toBe(false);
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
      expect(await refusal(scene.as(user).create(REQUESTS, request(scene.name(), space, spec)))).toContain(words);
    });

    test("isn't longer than approved: neither who has it nor who approved it can change it, nor begin it again", async () => {
      const name = await scene.ask({ minutes: 5 });
      await scene.approve(name);
      await scene.inPhase(name, "Active");
      for (const user of ["alice", "bob"])
        expect(await refusal(scene.change(user, name, { minutes: 240 }))).toContain("what was asked for is immutable");
      const later = { status: { expiresAt: new Date(Date.now() + 1e9).toISOString() } };
      expect(await refusal(scene.as("alice").patch(`${REQUESTS}/${name}/status`, later))).toContain("forbidden");
      await scene.untilRead(true);
      for (const [path, body] of [
        [bindings, { metadata: { name: "mine" }, roleRef: roleRef("Role", BREAK_GLASS_ROLE), subjects: [] }],
        [`/api/v1/namespaces/${space}/serviceaccounts/agent/token`, {}],
        [`/api/v1/namespaces/${space}/pods`, {}],
      ] as const)
        expect(await refusal(scene.as("alice").create(path, body))).toContain("forbidden");
      // A token of an account would be good beyond the time.
      for (const path of ["secrets", "secrets/tenant-user-token"])
        expect(await refusal(scene.as("alice").get(`/api/v1/namespaces/${space}/${path}`))).toContain("forbidden");
      scene.ahead += 5 * MINUTE;
      await scene.change("bob", name, { endedBy: "bob" });
      await scene.inPhase(name, "Ended");
      await scene.untilRead(false);
      expect(await refusal(scene.change("bob", name, { approvedBy: null }))).toContain(
        "approvedBy is set once and for all",
      );
      expect(await refusal(scene.change("bob", name, { endedBy: null }))).toContain("endedBy is set once and for all");
    });

    test("isn't renewed: the same two people ask and approve anew, and the record has that, too", async () => {
      const first = await scene.ask({ minutes: 5 });
      await scene.approve(first);
      await scene.inPhase(first, "Active");
      await scene.change("alice", first, { endedBy: "alice" });
      await scene.inPhase(first, "Ended");
      await scene.untilRead(false);
      await scene.approve(first);
      expect((await scene.inPhase(first, "Ended")).message).toBe("alice ended it");
      expect(await scene.mayRead()).toBe(false);
      const second = await scene.ask({ minutes: 5 });
      await scene.approve(second);
      await scene.untilRead(true);
      await scene.change("bob", second, { endedBy: "bob" });
      await scene.inPhase(second, "Ended");
      const record = audited();
      for (const name of [first, second]) expect(record).toMatch(new RegExp(`bob\\tpatch\\t${name}`));
    });

    test("isn't begun by an approval that comes too late", async () => {
      const name = await scene.ask();
      await scene.inPhase(name, "Requested");
      scene.ahead += 60 * MINUTE;
      await scene.approve(name);
      expect((await scene.inPhase(name, "Expired")).message).toBe("nobody approved it within 60 minutes");
      expect(await scene.mayRead()).toBe(false);
      scene.ahead = 0;
    });

    test("ends although the alarm's receiver is away, and that hears of it later", async () => {
      scene.receiver.got.length = 0;
      scene.receiver.answers.push(503, 503);
      const name = await scene.ask();
      await scene.change("alice", name, { endedBy: "alice" });
      expect((await scene.inPhase(name, "Ended")).message).toBe("alice ended it");
      await until("the alarm", async () => scene.receiver.got.find(({ body }) => body.includes("BreakGlassEnded")));
    });

    pastTheRequest(started, () => scene);
  });
}
