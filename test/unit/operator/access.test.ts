// What becomes of an AccessRequest at each time, whatever happened before; and what the operator counts of it.
import type { AccessRequest, AccessStatus } from "@agentic/api/access-request.ts";
import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Alarm } from "../../../operator/access/alarm.ts";
import { AccessController } from "../../../operator/access/controller.ts";
import { decideAccess } from "../../../operator/access/decide.ts";
import { readConfig } from "../../../operator/config.ts";
import { eventually, fakeApi } from "../kube/fake-api.ts";
import { quietMetrics } from "./quiet-metrics.ts";

const START = Date.parse("2026-11-30T08:00:00Z");
const MINUTE = 60_000;
const at = (minutes: number) => START + minutes * MINUTE;
const iso = (minutes: number) => new Date(at(minutes)).toISOString();

function request(spec: Partial<AccessRequest["spec"]> = {}, status: AccessStatus = {}): AccessRequest {
  return {
    metadata: { name: "r", uid: "u", creationTimestamp: iso(0) },
    spec: { namespace: "tenant-a", reason: "INC-17: stuck", minutes: 30, requestedBy: "alice", ...spec },
    status,
  };
}
const approved = { approvedBy: "bob" };
const active: AccessStatus = { phase: "Active", approvedAt: iso(5), expiresAt: iso(35) };

describe("an access request", () => {
  it.each<[string, AccessRequest, number, ReturnType<typeof decideAccess>["binding"], string | undefined, number?]>([
    ["that is new", request(), 0, "absent", "Requested", 60],
    ["that waits", request({}, { phase: "Requested" }), 59, "absent", undefined, 1],
    ["that nobody approves", request({}, { phase: "Requested" }), 60, "absent", "Expired"],
    ["that is approved", request(approved), 5, "present", "Active", 30],
    ["that is approved too late", request(approved), 60, "absent", "Expired"],
    ["that runs", request(approved, active), 34, "present", undefined, 1],
    ["whose time is over", request(approved, active), 35, "absent", "Ended"],
    [
      "that runs past the hour for its approval",
      request({ ...approved, minutes: 240 }, { ...active, expiresAt: iso(245) }),
      100,
      "present",
      undefined,
      145,
    ],
    ["that somebody ends", request({ ...approved, endedBy: "alice" }, active), 10, "absent", "Ended"],
    ["that somebody refuses", request({ endedBy: "bob" }), 1, "absent", "Ended"],
    ["that names one person twice", request({ approvedBy: "alice" }), 1, "absent", "Ended"],
    ["that has ended", request(approved, { phase: "Ended" }), 6, "absent", undefined],
    ["that has expired and is approved then", request(approved, { phase: "Expired" }), 6, "absent", undefined],
  ])("%s", (_, spec, minute, binding, phase, after) => {
    const decision = decideAccess(spec, at(minute));
    expect([decision.binding, decision.status?.phase]).toEqual([binding, phase]);
    expect(decision.afterMs).toBe(after === undefined ? undefined : after * MINUTE);
  });

  it("gives rights only with two names, for its minutes at most, and never again after its end", () => {
    const name = fc.constantFrom("alice", "bob", undefined);
    fc.assert(
      fc.property(
        fc.record({ approvedBy: name, endedBy: name, minutes: fc.integer({ min: 5, max: 240 }) }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 }),
        ({ approvedBy, endedBy, minutes }, times) => {
          const spec = { minutes, ...(approvedBy ? { approvedBy } : {}), ...(endedBy ? { endedBy } : {}) };
          let status: AccessStatus = {};
          let activeSince: number | undefined;
          let over = false;
          for (const minute of [...times].sort((a, b) => a - b)) {
            const decision = decideAccess(request(spec, status), at(minute));
            status = decision.status ?? status;
            if (decision.binding === "present") {
              activeSince ??= minute;
              expect([over, approvedBy, endedBy]).toEqual([false, "bob", undefined]);
              expect(minute - activeSince).toBeLessThan(minutes);
            } else over ||= activeSince !== undefined;
          }
        },
      ),
    );
  });
});

it("counts who is in, and whose time has been over for a minute", async () => {
  const items = [request(approved, active), request(approved, { phase: "Ended" })];
  const lists = {
    metadata: { resourceVersion: "1" },
    items: items.map((item, i) => ({ ...item, metadata: { ...item.metadata, name: `r-${i}` } })),
  };
  const api = await fakeApi(({ query }) => (query.has("watch") ? undefined : { body: lists }));
  let now = at(10);
  const metrics = quietMetrics({ access: () => access.counts() });
  const alarm = new Alarm({ url: undefined, keyFile: "" });
  const access = new AccessController({
    client: api.client,
    alarm,
    image: "operator:1",
    metrics,
    log: pino({ level: "silent" }),
    now: () => now,
  });
  const ends = new AbortController();
  const run = access.informer.run(ends.signal);
  await eventually(() => access.informer.hasSynced);
  expect(await metrics.registry.metrics()).toContain('agentic_break_glass_active{tenant="tenant-a"} 1');
  expect(await metrics.registry.metrics()).toContain("agentic_break_glass_overdue 0");
  now = at(37);
  expect(await metrics.registry.metrics()).toContain("agentic_break_glass_overdue 1");
  ends.abort();
  await Promise.all([run, alarm.close()]);
  await api.close();
});

it("says of an address for alarms that is none what it must be", () => {
  expect(readConfig({ ALARM_URL: "https://alarms.example/x" }).alarmUrl).toBe("https://alarms.example/x");
  expect(readConfig({}).alarmUrl).toBeUndefined();
  expect(() => readConfig({ ALARM_URL: "ftp://x" })).toThrow('ALARM_URL must be an http(s) URL, got "ftp://x"');
});
