// The config of a stack on GKE: what it gives, and what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";
import { hasPart } from "../../../stacks/config/gke-section.ts";

const images = { operator: "r/operator:1", agents: "r/agents:1" };
const gke = { project: "acme-agents", projectNumber: "123456789012", region: "europe-west1" };
const base = { images, cluster: { kind: "gke" }, gke };

function errorOf(raw: Record<string, unknown>): string {
  try {
    parseConfig("p", raw, false);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("the config of a stack on GKE", () => {
  it("needs three values, and puts buckets and Cloud SQL in the place of MinIO and Postgres", () => {
    const config = parseConfig(
      "p",
      { ...base, tenants: [{ name: "demo" }, { name: "blue" }, { name: "own", bucket: "mine" }] },
      false,
    );
    expect(config.components.minio.enabled).toBe(false);
    expect(config.components.postgres.enabled).toBe(false);
    expect(config.tenants.map(({ bucket }) => bucket)).toEqual([
      "acme-agents-artifacts",
      "acme-agents-artifacts-blue",
      "mine",
    ]);
  });

  it("keeps the names of buckets where MinIO is in the cluster", () => {
    const config = parseConfig("p", { ...base, gke: { ...gke, artifacts: { enabled: false } } }, false);
    expect(config.components.minio.enabled).toBe(true);
    expect(config.tenants[0]?.bucket).toBe("artifacts");
  });

  it.each([
    [{ images, cluster: { kind: "gke" } }, "p:gke is missing"],
    [{ images, gke }, "p:gke is given, but p:cluster.kind isn't gke"],
    [{ ...base, cluster: { kind: "gke", context: "x" } }, "p:cluster.context is given, but with kind gke"],
    [{ ...base, workflowEngine: "builtin", images: { ...images, workflowEngine: "e" } }, "p:workflowEngine is builtin"],
    [
      { ...base, components: { minio: { enabled: true } } },
      "p:components.minio.enabled is true, but gke.artifacts replaces",
    ],
    [
      { ...base, components: { postgres: { enabled: true } } },
      "p:components.postgres.enabled is true, but gke.database replaces",
    ],
    [{ ...base, gke: { ...gke, projectNumber: "mine" } }, "p:gke.projectNumber"],
    [{ ...base, gke: { ...gke, backups: {} } }, "p:gke has unknown fields: backups"],
    [{ ...base, gke: { ...gke, backup: { retainDays: 0 } } }, "p:gke.backup.retainDays"],
    [
      { ...base, gke: { ...gke, events: { enabled: true } }, components: { events: { enabled: false } } },
      "p:gke.events.enabled is true, but only Argo Events",
    ],
    [
      { ...base, gke: { ...gke, builds: { enabled: true }, registry: { enabled: false } } },
      "p:gke.builds.enabled is true, but there is no registry",
    ],
    [
      { ...base, gke: { ...gke, builds: { enabled: true, source: "projects/p/connections/c/repositories/r" } } },
      "p:gke.builds.cosign is missing: what builds runs with the right to sign",
    ],
    [
      { ...base, gke: { ...gke, builds: { enabled: true, docker: "gcr.io/cloud-builders/docker:24.0.9" } } },
      "p:gke.builds.docker",
    ],
    [
      { ...base, gke: { ...gke, externalSecrets: { enabled: true }, database: { enabled: false } } },
      "p:gke.externalSecrets.enabled",
    ],
    [
      { ...base, gke: { ...gke, network: { nat: false } }, tenants: [{ name: "demo", egressInternet: true }] },
      "p:gke.network.nat is false, but a tenant",
    ],
    [
      { ...base, gke: { ...gke, network: { nat: false }, registry: { enabled: false } } },
      "p:gke.network.nat is false, so that images",
    ],
    [{ ...base, gke, sandbox: "gvisor" }, "p:sandbox is given, but on GKE the sandbox is GKE's own"],
    [{ ...base, gke: { ...gke, network: { pods: "10.0.0.0/14" } } }, "p:gke.network.pods: 10.0.0.0/14 overlaps nodes"],
    [{ ...base, gke: { ...gke, endpoint: "authorized-networks" } }, "p:gke.authorizedNetworks: is empty"],
    [{ ...base, gke: { ...gke, pools: { agents: { max: 5 } } } }, "p:gke.pools: Autopilot makes its nodes itself"],
    [{ ...base, gke: { ...gke, backup: { region: "europe-west4" } } }, "p:gke.backup.region is not gke.region"],
    [
      { ...base, gke: { ...gke, exposed: { webhook: "e.acme.example" } }, components: { events: { enabled: false } } },
      "p:gke.exposed.webhook is given, but events are off",
    ],
    [
      { ...base, gke: { ...gke, exposed: { console: "e.acme.example" } }, components: { console: { enabled: false } } },
      "p:gke.exposed.console is given, but the console is off",
    ],
    [
      {
        ...base,
        images: { ...base.images, console: undefined },
        gke: { ...gke, exposed: { console: "e.acme.example" } },
      },
      "p:gke.exposed.console is given, but the console is off",
    ],
    [
      { ...base, gke: { ...gke, exposed: { console: "e.acme.example", webhook: "e.acme.example" } } },
      "p:gke.exposed.console is the webhook's host, too",
    ],
  ] as [Record<string, unknown>, string][])("refuses %j", (raw, message) => {
    expect(errorOf(raw)).toContain(message);
  });

  it("tells mistakes of every part together", () => {
    const message = errorOf({
      ...base,
      workflowEngine: "builtin",
      gke: { ...gke, pools: { agents: {} }, network: { nodes: "10.0.32.0/20" } },
    });
    for (const path of ["p:workflowEngine", "p:gke.pools", "p:gke.network"]) expect(message).toContain(path);
  });

  it("has each part on or off as it is said, and otherwise as it is documented", () => {
    const parts = [
      "binaryAuthorization",
      "encryption",
      "artifacts",
      "database",
      "registry",
      "results",
      "backup",
      "auditLog",
      "alerts",
      "builds",
      "externalSecrets",
      "events",
    ] as const;
    const off = ["builds", "externalSecrets", "events"];
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.option(fc.boolean(), { nil: undefined }), (part, enabled) => {
        expect(hasPart({ ...gke, [part]: { enabled } }, part)).toBe(enabled ?? !off.includes(part));
        expect(hasPart(gke, part)).toBe(!off.includes(part));
      }),
    );
  });
});
