// Config section `telemetry`: who collects the metrics, and how often.
import { type Static, Type } from "typebox";
import { closed, dnsLabel, text, wholeNumber } from "./fields.ts";

const modes = ["operator", "managed", "off"] as const;

export const telemetrySchema = Type.Object(
  {
    mode: Type.Optional(
      Type.Union(
        modes.map((mode) => Type.Literal(mode)),
        {
          description:
            "operator: objects for a Prometheus Operator that is there; managed: Google's, on GKE. Default: managed on GKE with gke.managedPrometheus, else off.",
        },
      ),
    ),
    scrapeSeconds: wholeNumber({
      from: 5,
      to: 300,
      default: 30,
      description: "Between two looks at a part's metrics.",
    }),
    prometheusNamespace: text("Namespace of the operator's Prometheus, mode operator. Default monitoring.", dnsLabel),
    labels: Type.Optional(
      Type.Record(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9./_-]{0,62}$" }), Type.String({ maxLength: 63 }), {
        description:
          "Labels by which the operator's Prometheus selects monitors and rules, mode operator. Default none.",
      }),
    ),
    runbooks: text(
      "URL of the runbooks' folder, to which alerts link, mode operator. Default their path here, docs/runbooks.",
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
  prometheusNamespace: string;
  labels: Record<string, string>;
  runbooks?: string;
}

/** The parts of a stack's config that telemetry depends on. */
interface StackSettings {
  telemetry?: GivenTelemetry;
  cluster?: { kind?: string };
  gke?: { managedPrometheus?: boolean };
}

function modeOf({ telemetry, cluster, gke }: StackSettings): TelemetryConfig["mode"] {
  const google = cluster?.kind === "gke" && gke?.managedPrometheus !== false;
  return telemetry?.mode ?? (google ? "managed" : "off");
}

/** Fills the defaults in. */
export function telemetryConfig(stack: StackSettings): TelemetryConfig {
  const { telemetry = {} } = stack;
  return {
    scrapeSeconds: 30,
    prometheusNamespace: "monitoring",
    labels: {},
    ...telemetry,
    mode: modeOf(stack),
  };
}

/** The modes in which a setting has an effect. */
const settingsOf: Record<Exclude<keyof GivenTelemetry, "mode">, readonly TelemetryConfig["mode"][]> = {
  scrapeSeconds: ["operator", "managed"],
  prometheusNamespace: ["operator"],
  labels: ["operator"],
  runbooks: ["operator"],
};

/** What is wrong with the section, taken together with the rest; `key` writes a config key in full. */
export function telemetryErrors(stack: StackSettings, key: (path: string) => string): string[] {
  const { telemetry, cluster, gke } = stack;
  const mode = modeOf(stack);
  const errors: string[] = [];
  if (telemetry?.mode === "managed" && cluster?.kind !== "gke")
    errors.push(`${key("telemetry.mode")} is managed, but only GKE manages it: set operator or off`);
  if (telemetry?.mode === "managed" && gke?.managedPrometheus === false)
    errors.push(
      `${key("telemetry.mode")} is managed, but ${key("gke.managedPrometheus")} is false: leave that out, or set operator or off`,
    );
  for (const [setting, modes] of Object.entries(settingsOf))
    if (telemetry?.[setting as keyof typeof settingsOf] !== undefined && !modes.includes(mode))
      errors.push(
        `${key(`telemetry.${setting}`)} is a setting of mode ${modes.join(" and ")}, but the mode is ${mode}: leave it out`,
      );
  return errors;
}
