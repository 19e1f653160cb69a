// Postgres' exporter: where it is, as whom it asks, and whom it reaches.
import { beforeAll, describe, expect, it } from "vitest";
import { find } from "./platform-objects.ts";
import { type KubeObject, mock, objects, program, type Registered } from "./program.ts";

beforeAll(() => mock());

const inSpace = (all: readonly Registered[], kind: string, name: string, space: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name && metadata.namespace === space);
const labelsOf = ({ podSelector, namespaceSelector }: KubeObject): [string, string] => [
  namespaceSelector?.matchLabels["kubernetes.io/metadata.name"],
  podSelector?.matchLabels["app.kubernetes.io/name"],
];

describe("Postgres' exporter", () => {
  const exporterOf = (all: readonly Registered[]) => find(all, "Deployment", "postgres-exporter");

  it.each(["builtin", "operator"])("is there in mode %s, and nowhere else", async (mode) => {
    expect(exporterOf(await program({ telemetry: { mode } }))).toBeDefined();
    const without = { postgres: { enabled: false }, litellm: { enabled: false } };
    expect(exporterOf(await program({ telemetry: { mode }, components: without }))).toBeUndefined();
    const off = await program({ telemetry: { mode: "off" } });
    expect(exporterOf(off)).toBeUndefined();
    expect(find(off, "Secret", "postgres-tenants")?.stringData.tenants).not.toContain("metrics");
  });

  it("asks as a role of its own that reads statistics, whose password only Secrets have", async () => {
    const all = await program({ telemetry: { mode: "builtin" } });
    const password = "random-value-of-metrics-postgres";
    expect(find(all, "Secret", "postgres-tenants")?.stringData.tenants).toContain(`metrics ${password} pg_monitor\n`);
    const { target } = JSON.parse(find(all, "Secret", "postgres-exporter")?.stringData["sql_exporter.yml"]);
    expect(target.data_source_name).toBe(
      `postgres://metrics:${password}@postgres.shared-services:5432/postgres?sslmode=verify-full&sslrootcert=/etc/secrets/ca/ca.crt&connect_timeout=5`,
    );
    const holders = objects(all).filter((object) => JSON.stringify(object).includes(password));
    expect(holders.map(({ kind }) => kind)).toEqual(["Secret", "Secret"]);
  });

  it("reaches Postgres and nothing else, which nobody else reaches by it", async () => {
    const all = await program({ telemetry: { mode: "builtin" } });
    const exporter = { "app.kubernetes.io/name": "postgres-exporter" };
    const out = inSpace(all, "NetworkPolicy", "postgres-exporter", "shared-services")?.spec;
    expect(out).toMatchObject({ podSelector: { matchLabels: exporter }, policyTypes: ["Egress"] });
    expect(out.egress).toHaveLength(1);
    expect(labelsOf(out.egress[0].to[0])).toEqual(["shared-services", "postgres"]);
    const into = inSpace(all, "NetworkPolicy", "postgres-exporter-to-postgres", "shared-services")?.spec;
    expect(into.podSelector.matchLabels).toEqual({ "app.kubernetes.io/name": "postgres" });
    const port = { protocol: "TCP", port: 5432 };
    expect(into.ingress).toEqual([{ from: [{ podSelector: { matchLabels: exporter } }], ports: [port] }]);
  });
});
