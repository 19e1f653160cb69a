// A workload that is done: it is deleted when its time is over, and its webhooks are told before.
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { kinds, observed, run, START, timeAt, workload } from "./observed.ts";

describe("after the end", () => {
  const finished = (spec: Parameters<typeof workload>[0]) => {
    const subject = workload(spec);
    return {
      ...subject,
      status: decide(observed({ workload: subject, runs: [run(subject, [], { phase: "Succeeded" })] })).status,
    };
  };

  it("nothing happens without a time to live", () => {
    expect(decide(observed({ workload: finished({}) }))).toMatchObject({ actions: [], events: [] });
  });

  it("the workload is deleted when its time is over, not before", () => {
    const subject = finished({ ttlSecondsAfterFinished: 60 });
    expect(decide(observed({ workload: subject }))).toMatchObject({ actions: [], wakeAt: START + 61_000 });
    expect(kinds(decide(observed({ workload: subject, now: START + 61_000 })))).toEqual(["delete"]);
  });

  it("the deletion waits a minute at most for what is owed to webhooks, and says so", () => {
    const subject = finished({ ttlSecondsAfterFinished: 5, notify: [{ url: "https://dead.example.com/" }] });
    const decision = decide(observed({ workload: subject, now: START + 6000 }));
    expect(kinds(decision)).toEqual(["notify"]);
    expect(decision.wakeAt).toBe(START + 66_000);
    expect(decision.status.conditions?.find(({ type }) => type === "Deletable")).toMatchObject({
      status: "False",
      reason: "NotificationsOwed",
      message: `due for deletion, but webhooks are not delivered yet (Completed to https://dead.example.com/); deleted at ${timeAt(66)} at the latest`,
    });
    expect(decision.events).toMatchObject([{ reason: "DeletionWaits" }]);
    const waiting = { ...subject, status: decision.status };
    expect(decide(observed({ workload: waiting, now: START + 30_000 })).events).toEqual([]);
    const dropped = decide(observed({ workload: waiting, now: START + 66_000 }));
    expect(kinds(dropped)).toContain("delete");
    expect(dropped.events).toMatchObject([{ type: "Warning", reason: "NotificationsDropped" }]);
  });

  it("the deletion waits for what is owed to webhooks", () => {
    const subject = finished({ ttlSecondsAfterFinished: 10, notify: [{ url: "https://hooks.example.com/" }] });
    const later = { workload: subject, now: START + 61_000 };
    expect(kinds(decide(observed(later)))).toEqual(["notify"]);
    const deliveries = [{ url: "https://hooks.example.com/", event: "Completed", state: "Delivered" as const }];
    const decision = decide(observed({ ...later, deliveries }));
    expect(kinds(decision)).toEqual(["delete"]);
    expect(decision.status.notifications).toEqual([
      { url: "https://hooks.example.com/", event: "Completed", state: "Delivered", at: timeAt(61) },
    ]);
  });

  it("an event tells of a webhook that can't be told", () => {
    const subject = finished({ notify: [{ url: "https://hooks.example.com/" }] });
    const message = "not sent: hooks.example.com resolves to 10.0.0.1, which is not a public address";
    const deliveries = [{ url: "https://hooks.example.com/", event: "Completed", state: "Failed" as const, message }];
    const { events, status } = decide(observed({ workload: subject, deliveries }));
    expect(events).toEqual([
      {
        type: "Warning",
        reason: "NotificationFailed",
        message: `Completed was not delivered to https://hooks.example.com/: ${message}`,
      },
    ]);
    expect(status.notifications).toMatchObject([{ state: "Failed", message }]);
  });
});
