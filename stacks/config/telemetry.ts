// Config section `telemetry`: who collects the metrics, how often, and how long they are kept.
import { type Static, Type } from "typebox";
import { closed, dnsLabel, policyCidr, text, wholeNumber } from "./fields.ts";
import type { Profile } from "./profile.ts";

const modes = ["builtin", "operator", "managed", "off"] as const;

export const telemetrySchema = Type.Object(
  {
    mode: Type.Optional(
      Type.Union(
        modes.map((mode) => Type.Literal(mode)),
        {
          description:
            "builtin: Prometheus, Alertmanager and Jaeger in the cluster; operator: objects for a Prometheus Operator that is there, and a collector of traces; managed: Google's, on GKE. Default: managed on GKE with gke.managedPrometheus, else off.",
        },
      ),
    ),
    scrapeSeconds: wholeNumber({
      from: 5,
      to: 300,
      default: 30,
      description: "Between two looks at a part's metrics, and between two judgements of the rules.",
    }),
    metricsDays: wholeNumber({
      from: 1,
      to: 365,
      description: "How long metrics are kept, mode builtin. Default by profile: minimal 3, standard 15, ha 30.",
    }),
    tracesDays: wholeNumber({
      from: 1,
      to: 365,
      description: "How long traces are kept, mode builtin. Default by profile: minimal 3, standard 7, ha 14.",
    }),
    tracesPercent: wholeNumber({
      from: 0,
      to: 100,
      default: 100,
      description: "Of the workloads that go well, how many are traced; of those that fail, all are.",
    }),
    otlp: Type.Optional(
      Type.Object(
        {
          url: Type.String({
            pattern: "^https?://([a-z0-9](-?[a-z0-9])*\\.)*[a-z](-?[a-z0-9])*(:[1-9]\\d{0,3}|:[1-5]\\d{4})?$",
            description: "Base URL of the collector, which takes spans at <url>/v1/traces by OTLP over HTTP.",
          }),
          namespace: Type.String({ pattern: dnsLabel, description: "The collector's namespace in the cluster." }),
          logs: Type.Optional(
            Type.Boolean({
              description:
                "Whether it takes logs, too, at <url>/v1/logs: those of the operator, the built-in engine and the receiver. Default false.",
            }),
          ),
        },
        { ...closed, description: "Where traces go to, mode operator. Default nowhere." },
      ),
    ),
    kubelets: Type.Optional(
      Type.Union(
        (["verified", "unverified", "none"] as const).map((kubelets) => Type.Literal(kubelets)),
        {
          default: "verified",
          description:
            "Nodes in mode builtin: verified by the cluster's authority; unverified where kubelets have signed their own certificates; none: not asked.",
        },
      ),
    ),
    nodeCidrs: Type.Optional(
      Type.Array(Type.String({ pattern: policyCidr }), {
        minItems: 1,
        description: "Addresses of the nodes, mode builtin. Default: the API server's, as where both are one machine.",
      }),
    ),
    prometheusNamespace: text("Namespace of the operator's Prometheus, mode operator. Default monitoring.", dnsLabel),
    labels: Type.Optional(
      Type.Record(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9./_-]{0,62}$" }), Type.String({ maxLength: 63 }), {
        description:
          "Labels by which the operator's Prometheus selects monitors and rules, mode operator. Default none.",
      }),
    ),
    runbooks: text(
      "URL of the runbooks' folder, to which alerts link, modes builtin and operator. Default their path here, docs/runbooks.",
      "^https://",
    ),
  },
  { ...closed, description: "Who collects the platform's metrics." },
);

/** What a stack gives of the section. */
type GivenTelemetry = Static<typeof telemetrySchema>;

/** The section with every default filled in. */
export interface TelemetryConfig {
  mode: (typeof modes)[number];
  scrapeSeconds: number;
  metricsDays: number;
  tracesDays: number;
  tracesPercent: number;
  /** Whether the cluster has Google's collector of traces. */
  managedCollector: boolean;
  otlp?: { url: string; namespace: string; logs?: boolean };
  kubelets: "verified" | "unverified" | "none";
  nodeCidrs?: string[];
  prometheusNamespace: string;
  labels: Record<string, string>;
  runbooks?: string;
}

/** The parts of a stack's config that telemetry depends on. */
interface StackSettings {
  telemetry?: GivenTelemetry;
  cluster?: { kind?: string };
  gke?: { managedPrometheus?: boolean; managedOpenTelemetry?: boolean };
  components?: { prometheus?: { enabled?: boolean } };
}

/** Days by profile. */
const kept: Record<Profile, { metricsDays: number; tracesDays: number }> = {
  minimal: { metricsDays: 3, tracesDays: 3 },
  standard: { metricsDays: 15, tracesDays: 7 },
  ha: { metricsDays: 30, tracesDays: 14 },
};

function modeOf({ telemetry, cluster, gke }: StackSettings): TelemetryConfig["mode"] {
  const google = cluster?.kind === "gke" && gke?.managedPrometheus !== false;
  return telemetry?.mode ?? (google ? "managed" : "off");
}

/** Fills the defaults in. */
export function telemetryConfig(stack: StackSettings, profile: Profile): TelemetryConfig {
  const { telemetry = {} } = stack;
  const mode = modeOf(stack);
  return {
    scrapeSeconds: 30,
    ...kept[profile],
    tracesPercent: 100,
    kubelets: "verified",
    prometheusNamespace: "monitoring",
    labels: {},
    ...telemetry,
    mode,
    managedCollector: stack.gke?.managedOpenTelemetry ?? mode === "managed",
  };
}

/** The modes in which a setting has an effect. */
const settingsOf: Record<Exclude<keyof GivenTelemetry, "mode">, readonly TelemetryConfig["mode"][]> = {
  scrapeSeconds: ["builtin", "operator", "managed"],
  metricsDays: ["builtin"],
  tracesDays: ["builtin"],
  tracesPercent: ["builtin", "operator", "managed"],
  otlp: ["operator"],
  kubelets: ["builtin"],
  nodeCidrs: ["builtin"],
  prometheusNamespace: ["operator"],
  labels: ["operator"],
  runbooks: ["builtin", "operator"],
};

/** What is wrong with the section, taken together with the rest; `key` writes a config key in full. */
export function telemetryErrors(stack: StackSettings, key: (path: string) => string): string[] {
  const { telemetry, cluster, gke, components } = stack;
  const mode = modeOf(stack);
  const errors: string[] = [];
  if (telemetry?.mode === "managed" && cluster?.kind !== "gke")
    errors.push(`${key("telemetry.mode")} is managed, but only GKE manages it: set builtin or operator`);
  if (telemetry?.mode === "managed" && gke?.managedPrometheus === false)
    errors.push(
      `${key("telemetry.mode")} is managed, but ${key("gke.managedPrometheus")} is false: leave that out, or set builtin or operator`,
    );
  for (const [setting, modes] of Object.entries(settingsOf))
    if (telemetry?.[setting as keyof typeof settingsOf] !== undefined && !modes.includes(mode))
      errors.push(
        `${key(`telemetry.${setting}`)} is a setting of mode ${modes.join(" and ")}, but the mode is ${mode}: leave it out`,
      );
  if (mode === "builtin" && components?.prometheus?.enabled === false)
    errors.push(
      `${key("components.prometheus.enabled")} is false, but telemetry.mode is builtin: leave it on, or set the mode off`,
    );
  return errors;
}
