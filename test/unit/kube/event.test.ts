// Events as the API server takes them.
import { expect, test } from "vitest";
import { eventOf, eventsPath } from "../../../kube/controller/event.ts";

const facts = {
  name: "prices.1",
  object: {
    apiVersion: "a/v1",
    kind: "Thing",
    metadata: { name: "prices", namespace: "n", uid: "u", resourceVersion: "7" },
  },
  type: "Warning",
  reason: "Failed",
  message: "no",
  at: "2026-01-01T00:00:00Z",
  component: "operator",
} as const;

test("an event says whom it is about, who tells it, and when", () => {
  const { apiVersion, kind, metadata } = facts.object;
  expect(eventOf(facts)).toEqual({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "prices.1", namespace: "n" },
    involvedObject: { apiVersion, kind, ...metadata },
    type: "Warning",
    reason: "Failed",
    message: "no",
    firstTimestamp: facts.at,
    lastTimestamp: facts.at,
    count: 1,
    source: { component: "operator" },
    reportingComponent: "operator",
    reportingInstance: "operator",
  });
  expect(eventOf({ ...facts, reporter: "x.io/operator", instance: "pod-1" })).toMatchObject({
    source: { component: "operator" },
    reportingComponent: "x.io/operator",
    reportingInstance: "pod-1",
  });
});

test("an event about an object of no namespace is kept in the one named default", () => {
  const object = { ...facts.object, metadata: { name: "prices" } };
  expect(eventOf({ ...facts, object })).toMatchObject({ metadata: { namespace: "default" } });
  expect([eventsPath(), eventsPath("n")]).toEqual(["/api/v1/namespaces/default/events", "/api/v1/namespaces/n/events"]);
});

test("an event's text is cut to what the API server takes, and never within a character", () => {
  const { message, reportingInstance } = eventOf({
    ...facts,
    message: `\u0000${"é".repeat(600)}`,
    instance: "i".repeat(200),
  }) as {
    message: string;
    reportingInstance: string;
  };
  expect(message).toBe("é".repeat(512));
  expect(reportingInstance).toHaveLength(128);
});
