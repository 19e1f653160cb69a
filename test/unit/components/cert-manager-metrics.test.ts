// cert-manager's metrics: when certificates end.
import { beforeAll, describe, expect, it } from "vitest";
import { find } from "./platform-objects.ts";
import { mock, objects, program } from "./program.ts";

beforeAll(() => mock());

describe("cert-manager", () => {
  it("tells when certificates end where the platform brings it, and nobody misses it where a deployer signs in its place", async () => {
    const all = await program({ telemetry: { mode: "builtin" } });
    const chart = all.find(({ type }) => type === "kubernetes-cert-manager:index:CertManager");
    expect(chart?.inputs.prometheus).toEqual({ enabled: true });
    expect(
      objects(all, "NetworkPolicy").find(({ metadata }) => metadata?.name === "scrape-cert-manager")?.metadata
        ?.namespace,
    ).toBe("cert-manager");
    const rules = find(all, "ConfigMap", "prometheus-config")?.data["rules.json"];
    expect(rules).toContain('absent(up{job=\\"minio\\"})');
    expect(rules).not.toContain('absent(up{job=\\"cert-manager\\"})');
    const theirs = { certificates: { values: { install: false } } };
    const without = await program({ telemetry: { mode: "builtin" }, components: theirs });
    expect(find(without, "NetworkPolicy", "scrape-cert-manager")).toBeUndefined();
    const off = await program({ telemetry: { mode: "off" } });
    const silent = off.find(({ type }) => type === "kubernetes-cert-manager:index:CertManager");
    expect(silent?.inputs.prometheus).toEqual({ enabled: false });
  });
});
