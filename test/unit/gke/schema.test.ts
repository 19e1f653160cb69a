// Inputs of Google Cloud's resources are those of the provider's schema.
import { beforeAll, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";
import { createGke } from "../../../stacks/gke/compose.ts";
import { mock, registeredBy } from "./mocks.ts";
import { schemaErrors } from "./schema.ts";

beforeAll(mock);
vi.setConfig({ testTimeout: 30_000 });

const images = { operator: "registry.test/operator:1", agents: "registry.test/agents:1" };
const gke = { project: "acme-agents", projectNumber: "123456789012", region: "europe-west1" };
const everything = {
  builds: {
    enabled: true,
    source: "projects/p/locations/l/connections/c/repositories/r",
    docker: `gcr.io/cloud-builders/docker@sha256:${"a".repeat(64)}`,
    cosign: `ghcr.io/sigstore/cosign/cosign@sha256:${"b".repeat(64)}`,
    syft: `ghcr.io/anchore/syft@sha256:${"c".repeat(64)}`,
  },
  events: { enabled: true, publishers: ["serviceAccount:app@acme-agents.iam.gserviceaccount.com"] },
  perimeter: { accessPolicy: "123456789" },
  alerts: { emails: ["oncall@acme.example"] },
  database: { iamUsers: [{ email: "dba@acme.example", kind: "group" }] },
};

describe("the provider's schema", () => {
  it.each(["autopilot", "standard"])("has every field and value that the program gives, mode %s", async (mode) => {
    const config = parseConfig("p", { images, cluster: { kind: "gke" }, gke: { ...gke, ...everything, mode } }, false);
    const all = (await registeredBy(() => createGke(config))).filter(({ type }) => type.startsWith("gcp:"));
    expect(all.length).toBeGreaterThan(90);
    expect(all.flatMap(({ type, inputs }) => schemaErrors(type, inputs))).toEqual([]);
  });

  it("tells a field and a value that the provider doesn't know", () => {
    const type = "gcp:container/cluster:Cluster";
    expect(schemaErrors(type, { securityPostureConfig: { mode: "STRONG", mood: "good" }, nodes: 3 })).toEqual([
      `${type}.securityPostureConfig.mode: 'STRONG' is none of DISABLED, BASIC, ENTERPRISE`,
      `${type}.securityPostureConfig.mood: there is no such field`,
      `${type}.nodes: there is no such field`,
    ]);
  });
});
