// Config section telemetry: its defaults, and what it refuses.
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";

const images = { operator: "r/operator:1", agents: "r/agents:1" };
const gke = {
  cluster: { kind: "gke" },
  gke: { project: "acme-prod", projectNumber: "123456789012", region: "europe-west1" },
};

const telemetry = (raw: Record<string, unknown>) => parseConfig("p", { images, ...raw }, false).telemetry;

function errorOf(raw: Record<string, unknown>): string {
  try {
    telemetry(raw);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("telemetry", () => {
  it("is off where nothing is said, and Google's on GKE unless that is switched off", () => {
    expect(telemetry({}).mode).toBe("off");
    expect(telemetry(gke).mode).toBe("managed");
    expect(telemetry({ ...gke, gke: { ...gke.gke, mode: "standard", managedPrometheus: false } }).mode).toBe("off");
    expect(telemetry({ ...gke, telemetry: { mode: "operator" } }).mode).toBe("operator");
  });

  it("keeps for as long as the profile says, where the config doesn't", () => {
    const days = (profile: string) => telemetry({ profile, telemetry: { mode: "builtin" } }).metricsDays;
    expect(["minimal", "standard", "ha"].map(days)).toEqual([3, 15, 30]);
    expect(telemetry({ telemetry: { mode: "builtin", metricsDays: 90 } }).metricsDays).toBe(90);
  });

  it.each([
    [
      "Google's without GKE",
      { telemetry: { mode: "managed" } },
      "p:telemetry.mode is managed, but only GKE manages it: set builtin or operator",
    ],
    [
      "Google's where that is switched off",
      { ...gke, gke: { ...gke.gke, mode: "standard", managedPrometheus: false }, telemetry: { mode: "managed" } },
      "p:telemetry.mode is managed, but p:gke.managedPrometheus is false",
    ],
    [
      "a setting of another mode",
      { telemetry: { mode: "operator", metricsDays: 5 } },
      "p:telemetry.metricsDays is a setting of mode builtin, but the mode is operator: leave it out",
    ],
    [
      "a setting without a mode",
      { telemetry: { scrapeSeconds: 15 } },
      "p:telemetry.scrapeSeconds is a setting of mode builtin and operator and managed, but the mode is off",
    ],
    [
      "its own without Prometheus",
      { telemetry: { mode: "builtin" }, components: { prometheus: { enabled: false } } },
      "p:components.prometheus.enabled is false, but telemetry.mode is builtin",
    ],
    [
      "a mode that there is none of",
      { telemetry: { mode: "on" } },
      "p:telemetry.mode must be one of builtin, operator, managed, off",
    ],
    [
      "the whole internet as nodes",
      { telemetry: { mode: "builtin", nodeCidrs: ["0.0.0.0/0"] } },
      "p:telemetry.nodeCidrs",
    ],
  ])("refuses %s", (_, raw, message) => {
    expect(errorOf(raw)).toContain(message);
  });
});
