// Config section `alerting`: who hears of alerts, where the platform runs its own Alertmanager.
import { type Static, Type } from "typebox";
import { type Team, teams } from "../../components/observability/alerts.ts";
import type { Receiver } from "../../components/observability/routing.ts";
import { closed, dnsLabel, policyCidr, text } from "./fields.ts";

const secretKey = "^[A-Za-z0-9._-]{1,253}$";
const server = "^[A-Za-z0-9.-]+:\\d{1,5}$";

const receiverSchema = Type.Object(
  {
    kind: Type.Union([Type.Literal("webhook"), Type.Literal("slack"), Type.Literal("email")], {
      description: "What it is.",
    }),
    url: text("Key of the Secret with its URL. Webhook, and Slack's incoming webhook.", secretKey),
    token: text("Key of the Secret with a bearer token. Webhook. Default none.", secretKey),
    channel: text("Such as #oncall. Slack."),
    to: text("Address. E-mail."),
    from: text("Address. E-mail."),
    server: text("Host and port of the mail server, which must speak TLS. E-mail.", server),
    user: text("Who logs in there. E-mail. Default nobody."),
    password: text("Key of the Secret with its password. E-mail. Default none.", secretKey),
  },
  closed,
);

const receivers = (description: string) =>
  Type.Optional(Type.Array(receiverSchema, { minItems: 1, maxItems: 10, description }));

export const alertingSchema = Type.Object(
  {
    secret: text("Name of a Secret in the namespace observability that you make, with what receivers name.", dnsLabel),
    receivers: Type.Optional(
      Type.Object(
        {
          platform: receivers("Of the platform's people, and of each team that has none. Default nobody."),
          security: receivers("Of who answers for its safety."),
          tenants: receivers("Of the tenants' people."),
        },
        { ...closed, description: "By team. An alert names its team." },
      ),
    ),
    heartbeat: Type.Optional(
      Type.Object(
        {
          url: Type.String({ pattern: secretKey, description: "Key of the Secret with its URL." }),
          token: text("Key of the Secret with a bearer token. Default none.", secretKey),
        },
        { ...closed, description: "Webhook that gets the dead man's switch every 5 minutes. Default nobody." },
      ),
    ),
    cidrs: Type.Optional(
      Type.Array(Type.String({ pattern: policyCidr }), {
        minItems: 1,
        description: "Addresses of the receivers, where they aren't on the internet.",
      }),
    ),
  },
  {
    ...closed,
    description: "Who hears of alerts, with telemetry.mode builtin. Without it Alertmanager's API shows them.",
  },
);

export type AlertingConfig = Static<typeof alertingSchema>;
type GivenReceiver = Static<typeof receiverSchema>;

/** The section as the components take it. */
export interface Routing {
  receivers: Partial<Record<Team, readonly Receiver[]>>;
  heartbeat?: Receiver;
  secret?: string;
  /** Absent: the internet. */
  cidrs?: string[];
}

/** What each kind must have beside its kind. */
const required: Record<GivenReceiver["kind"], readonly (keyof GivenReceiver)[]> = {
  webhook: ["url"],
  slack: ["url", "channel"],
  email: ["to", "from", "server"],
};

/** What each kind may have beside that. */
const optional: Record<GivenReceiver["kind"], readonly (keyof GivenReceiver)[]> = {
  webhook: ["token"],
  slack: [],
  email: ["user", "password"],
};

function receiverOf(given: GivenReceiver): Receiver {
  const { kind, url = "", token, channel = "", to = "", from = "", user, password } = given;
  if (kind === "webhook") return { kind, urlFile: url, tokenFile: token };
  if (kind === "slack") return { kind, urlFile: url, channel };
  return { kind, to, from, server: given.server ?? "", user, passwordFile: password };
}

/** The section for the components. */
export function routingOf(given: AlertingConfig): Routing {
  const { heartbeat, secret, cidrs } = given;
  return {
    receivers: Object.fromEntries(teams.map((team) => [team, (given.receivers?.[team] ?? []).map(receiverOf)])),
    heartbeat: heartbeat && { kind: "webhook", urlFile: heartbeat.url, tokenFile: heartbeat.token },
    secret,
    cidrs,
  };
}

/** What is wrong with the section; `key` writes a config key in full, `mode` is telemetry's. */
export function alertingErrors(
  given: AlertingConfig | undefined,
  mode: string,
  key: (path: string) => string,
): string[] {
  if (!given) return [];
  const errors: string[] = [];
  if (mode !== "builtin")
    errors.push(
      `${key("alerting")} is about the platform's own Alertmanager, but telemetry.mode is ${mode}: leave it out, or set builtin`,
    );
  for (const team of teams)
    for (const [i, receiver] of (given.receivers?.[team] ?? []).entries()) {
      const { kind, ...fields } = receiver;
      const path = key(`alerting.receivers.${team}[${i}]`);
      for (const field of required[kind])
        if (receiver[field] === undefined) errors.push(`${path}.${field} is missing: kind ${kind} needs it`);
      for (const field of Object.keys(fields) as (keyof typeof fields)[])
        if (![...required[kind], ...optional[kind]].includes(field))
          errors.push(`${path}.${field} is not a field of kind ${kind}: leave it out`);
    }
  const named = JSON.stringify(routingOf(given)).includes('File":');
  if (named && !given.secret)
    errors.push(`${key("alerting.secret")} is missing: name the Secret with the keys that receivers name`);
  if (!named && given.secret)
    errors.push(`${key("alerting.secret")} is ${given.secret}, but no receiver names a key of it: leave it out`);
  return errors;
}
