// Alertmanager's configuration: which team's receivers get an alert, what is told together, and what is left unsaid beside something worse.

import { DEAD_MANS_SWITCH } from "./alert-groups/telemetry.ts";
import { alertName, alerts, type Team, teams } from "./alerts.ts";

/** Where alerts go. What is secret of it is in a file, whose name in the secrets' folder is given. */
export type Receiver =
  | {
      kind: "webhook";
      /** File with the URL, which often holds a token. */
      urlFile: string;
      /** File with a bearer token. */
      tokenFile?: string;
    }
  | {
      kind: "slack";
      /** Such as `#oncall`. */
      channel: string;
      /** File with the URL of an incoming webhook. */
      urlFile: string;
    }
  | {
      kind: "email";
      to: string;
      from: string;
      /** Host and port of the mail server, which must speak TLS. */
      server: string;
      user?: string;
      passwordFile?: string;
    };

export interface RoutingArgs {
  /** Each team's receivers. A team without any: those of the platform's people. */
  receivers?: Partial<Record<Team, readonly Receiver[]>>;
  /** Who gets the dead man's switch every 5 minutes, and raises the alarm where it stops. Default nobody. */
  heartbeat?: Receiver;
  /** The folder of the files that receivers name. */
  secrets: string;
}

/** Ports of all receivers: https, and those of mail servers. */
export function receiverPorts({ receivers = {}, heartbeat }: Omit<RoutingArgs, "secrets">): number[] {
  const all = [...Object.values(receivers).flat(), ...(heartbeat ? [heartbeat] : [])];
  const ports = all.map((receiver) => (receiver.kind === "email" ? Number(receiver.server.split(":").at(-1)) : 443));
  return [...new Set(ports)].sort((a, b) => a - b);
}

const FALLBACK: Team = "platform";
const HEARTBEAT = "heartbeat";

/** The configuration file's content. */
export function alertmanagerConfig({ receivers = {}, heartbeat, secrets }: RoutingArgs): object {
  const named = teams.filter((team) => team === FALLBACK || receivers[team]?.length);
  return {
    route: {
      receiver: FALLBACK,
      // One message about a cause, not one about each series.
      group_by: ["alertname", "tenant", "job", "slo"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: [
        {
          matchers: [`alertname="${alertName(DEAD_MANS_SWITCH)}"`],
          receiver: HEARTBEAT,
          group_wait: "0s",
          group_interval: "1m",
          repeat_interval: "5m",
        },
        ...named.map((team) => ({
          matchers: [`team="${team}"`],
          receiver: team,
          routes: [{ matchers: ['severity="critical"'], group_wait: "10s", repeat_interval: "1h" }],
        })),
      ],
    },
    inhibit_rules: inhibitions(),
    receivers: [
      ...named.map((team) => receiverOf(team, receivers[team] ?? [], secrets)),
      receiverOf(HEARTBEAT, heartbeat ? [heartbeat] : [], secrets),
    ],
  };
}

/** A rule for each alert and for each set of labels that must be equal. */
function inhibitions(): object[] {
  return Object.entries(alerts).flatMap(([name, { inhibits = [] }]) => {
    const targets = new Map<string, { equal: readonly string[]; names: string[] }>();
    for (const target of inhibits) {
      const { alert, equal } = typeof target === "string" ? { alert: target, equal: [] } : target;
      const group = targets.get(equal.join()) ?? { equal, names: [] };
      targets.set(equal.join(), { equal, names: [...group.names, alertName(alert)] });
    }
    return [...targets.values()].map(({ equal, names }) => ({
      source_matchers: [`alertname="${alertName(name)}"`],
      target_matchers: [`alertname=~"${names.join("|")}"`],
      equal,
    }));
  });
}

const TITLE = '{{ .CommonAnnotations.title }}{{ if eq .Status "resolved" }}: over{{ end }}';
const TEXT =
  "{{ range .Alerts }}{{ .Annotations.summary }}{{ range .Labels.SortedPairs }} {{ .Name }}={{ .Value }}{{ end }}\n{{ .Annotations.runbook_url }}\n{{ end }}";

function receiverOf(name: string, receivers: readonly Receiver[], secrets: string): object {
  const ofKind = <K extends Receiver["kind"]>(kind: K) =>
    receivers.filter((receiver): receiver is Extract<Receiver, { kind: K }> => receiver.kind === kind);
  const file = (path: string) => `${secrets}/${path}`;
  const configs = {
    webhook_configs: ofKind("webhook").map(({ urlFile, tokenFile }) => ({
      url_file: file(urlFile),
      send_resolved: true,
      ...(tokenFile ? { http_config: { authorization: { credentials_file: file(tokenFile) } } } : {}),
    })),
    slack_configs: ofKind("slack").map(({ channel, urlFile }) => ({
      api_url_file: file(urlFile),
      channel,
      send_resolved: true,
      title: TITLE,
      text: TEXT,
    })),
    email_configs: ofKind("email").map(({ to, from, server, user, passwordFile }) => ({
      to,
      from,
      smarthost: server,
      require_tls: true,
      send_resolved: true,
      headers: { Subject: TITLE },
      ...(user ? { auth_username: user } : {}),
      ...(passwordFile ? { auth_password_file: file(passwordFile) } : {}),
    })),
  };
  return { name, ...Object.fromEntries(Object.entries(configs).filter(([, list]) => list.length > 0)) };
}
