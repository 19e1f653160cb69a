// Alertmanager's configuration: whom an alert goes to, and that no secret is in it.
import { describe, expect, it } from "vitest";
import { alertName, alerts, teams } from "../../../components/observability/alerts.ts";
import { alertmanagerConfig, type RoutingArgs } from "../../../components/observability/routing.ts";

interface Route {
  receiver: string;
  matchers: string[];
  repeat_interval?: string;
  routes?: Route[];
}
interface Config {
  route: Route & { routes: Route[]; group_by: string[] };
  inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  receivers: { name: string; [configs: string]: unknown }[];
}

const config = (args: Partial<RoutingArgs> = {}) => alertmanagerConfig({ secrets: "/s", ...args }) as Config;

describe("routing", () => {
  it("sends each team's alerts to the team, and those of a team without receivers to the platform's", () => {
    const { route, receivers } = config({
      receivers: { security: [{ kind: "slack", channel: "#security", urlFile: "slack" }], tenants: [] },
    });
    expect(route.routes.slice(1).map(({ matchers, receiver }) => [...matchers, receiver])).toEqual([
      ['team="platform"', "platform"],
      ['team="security"', "security"],
    ]);
    expect(route.receiver).toBe("platform");
    expect(receivers.map(({ name }) => name)).toEqual(["platform", "security", "heartbeat"]);
  });

  it("repeats critical ones each hour, and the dead man's switch every five minutes", () => {
    const { route } = config();
    expect(route.routes[0]).toMatchObject({ matchers: ['alertname="DeadMansSwitch"'], repeat_interval: "5m" });
    expect(route.routes[1]?.routes).toEqual([
      { matchers: ['severity="critical"'], group_wait: "10s", repeat_interval: "1h" },
    ]);
  });

  it("takes every secret from a file", () => {
    const { receivers } = config({
      receivers: {
        platform: [
          { kind: "webhook", urlFile: "url", tokenFile: "token" },
          { kind: "slack", channel: "#oncall", urlFile: "slack" },
          {
            kind: "email",
            to: "oncall@acme.example",
            from: "platform@acme.example",
            server: "mail.acme.example:587",
            user: "platform",
            passwordFile: "mail",
          },
        ],
      },
    });
    expect(receivers[0]).toMatchObject({
      webhook_configs: [{ url_file: "/s/url", http_config: { authorization: { credentials_file: "/s/token" } } }],
      slack_configs: [{ api_url_file: "/s/slack", channel: "#oncall" }],
      email_configs: [{ auth_password_file: "/s/mail", require_tls: true, smarthost: "mail.acme.example:587" }],
    });
    for (const { send_resolved } of Object.values(receivers[0] ?? {}).flat() as { send_resolved?: boolean }[])
      if (send_resolved !== undefined) expect(send_resolved).toBe(true);
  });

  it("leaves out what says nothing new, and of another job's targets nothing", () => {
    const { inhibit_rules: rules } = config();
    expect(rules).toContainEqual({
      source_matchers: ['alertname="OperatorDown"'],
      target_matchers: ['alertname=~"NoLeader|QueueStands|BacklogAge"'],
      equal: [],
    });
    expect(rules).toContainEqual({
      source_matchers: ['alertname="OperatorDown"'],
      target_matchers: ['alertname=~"ScrapeDown"'],
      equal: ["job"],
    });
  });

  it("groups by labels that alerts have, and knows every team of an alert", () => {
    expect(config().route.group_by).toContain("alertname");
    for (const [name, { team }] of Object.entries(alerts)) expect(teams, alertName(name)).toContain(team);
  });
});
