// Events in a stack's config: what they need is there, or is asked for by name.
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";

const images = { operator: "r/operator:1", agents: "r/agents:1", workflowEngine: "r/engine:1" };
const base = { images, workflowEngine: "builtin" };

describe("events", () => {
  it("are there by default, taken by Argo Events", () => {
    const config = parseConfig("p", base, false);
    expect([config.components.events.enabled, config.eventEngine]).toEqual([true, "argo"]);
  });

  it.each([
    [{ components: { workflows: { enabled: false } } }, "p:components.workflows.enabled is false, but events lead to"],
    [{ components: { operator: { enabled: false } } }, "p:components.operator.enabled is false, but events lead to"],
    [{ eventEngine: "builtin" }, "p:images.eventReceiver is missing: eventEngine builtin runs from it"],
    [{ eventEngine: "kafka" }, "p:eventEngine"],
    [{ tenants: [{ name: "a", events: "maybe" }] }, "p:tenants[0].events must be one of signed, token, none"],
    [
      { tenants: [{ name: "a" }, { name: "b", events: "signed" }] },
      "p:tenants[1].events is signed, but Argo Events checks no signatures: set it to token, or set p:eventEngine to builtin",
    ],
    [{ tenants: [{ name: "a", events: "none" }] }, "p:tenants all have events none"],
  ])("with %j are refused", (more, message) => {
    expect(() => parseConfig("p", { ...base, ...more }, false)).toThrow(message);
  });

  it("are signed where that can be checked", () => {
    const eventsOf = (more: object) => {
      const tenants = [{ name: "a" }, { name: "b", events: "token" }, { name: "c", events: "none" }];
      return parseConfig("p", { ...base, ...more, tenants }, false).tenants.map(({ events }) => events);
    };
    expect(eventsOf({})).toEqual(["token", "token", "none"]);
    const builtin = { eventEngine: "builtin", images: { ...images, eventReceiver: "r/receiver:1" } };
    expect(eventsOf(builtin)).toEqual(["signed", "token", "none"]);
  });

  it.each([
    [{ components: { workflows: { enabled: false }, events: { enabled: false } } }],
    [{ eventEngine: "builtin", components: { events: { enabled: false } } }],
    [{ eventEngine: "builtin", components: { events: { image: "r/receiver:2" } } }],
    [{ eventEngine: "builtin", images: { ...images, eventReceiver: "r/receiver:1" } }],
    [{ eventEngine: "builtin", images: {}, cluster: { kind: "kind" } }],
  ])("with %j are as the config says", (more) => {
    expect(() => parseConfig("p", { ...base, ...more }, false)).not.toThrow();
  });
});
