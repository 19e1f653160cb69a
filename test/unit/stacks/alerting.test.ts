// Config section alerting: what it becomes, and what it refuses.
import { describe, expect, it } from "vitest";
import { routingOf } from "../../../stacks/config/alerting.ts";
import { parseConfig } from "../../../stacks/config/config.ts";

const images = { operator: "r/operator:1", agents: "r/agents:1" };
const parse = (alerting: object, mode = "builtin") =>
  routingOf(parseConfig("p", { images, telemetry: { mode }, alerting }, false).alerting);

const platform = [{ kind: "slack", url: "slack", channel: "#oncall" }];

describe("alerting", () => {
  it("is nobody's where nothing is said", () => {
    const { receivers } = routingOf(parseConfig("p", { images }, false).alerting);
    expect(receivers).toEqual({ platform: [], security: [], tenants: [] });
  });

  it("names receivers by team, and their secrets by the key in the Secret", () => {
    const email = {
      kind: "email",
      to: "a@x.example",
      from: "b@x.example",
      server: "mail:587",
      user: "b",
      password: "mail",
    };
    expect(
      parse({
        secret: "receivers",
        receivers: { platform, security: [email], tenants: [{ kind: "webhook", url: "url", token: "token" }] },
        heartbeat: { url: "heartbeat" },
        cidrs: ["10.1.0.0/16"],
      }),
    ).toMatchObject({
      secret: "receivers",
      receivers: {
        platform: [{ kind: "slack", urlFile: "slack", channel: "#oncall" }],
        security: [{ kind: "email", to: "a@x.example", server: "mail:587", user: "b", passwordFile: "mail" }],
        tenants: [{ kind: "webhook", urlFile: "url", tokenFile: "token" }],
      },
      heartbeat: { kind: "webhook", urlFile: "heartbeat" },
      cidrs: ["10.1.0.0/16"],
    });
  });

  it.each([
    [{ secret: "s", receivers: { platform } }, "off", "p:alerting is about the platform's own Alertmanager"],
    [{ receivers: { platform } }, "builtin", "p:alerting.secret is missing"],
    [{ secret: "s" }, "builtin", "p:alerting.secret is s, but no receiver names a key of it"],
    [
      { secret: "s", receivers: { platform: [{ kind: "slack", url: "slack" }] } },
      "builtin",
      "p:alerting.receivers.platform[0].channel is missing: kind slack needs it",
    ],
    [
      { secret: "s", receivers: { security: [{ kind: "webhook", url: "url", channel: "#x" }] } },
      "builtin",
      "p:alerting.receivers.security[0].channel is not a field of kind webhook",
    ],
    [
      { secret: "s", receivers: { everybody: platform } },
      "builtin",
      "p:alerting.receivers has unknown fields: everybody",
    ],
  ])("refuses %j with telemetry.mode %s", (alerting, mode, message) => {
    expect(() => parse(alerting, mode)).toThrow(message);
  });
});
