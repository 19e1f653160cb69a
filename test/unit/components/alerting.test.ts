// Whom Alertmanager tells: its configuration, the Secret with what receivers ask for, and its way out.
import { beforeAll, describe, expect, it } from "vitest";
import { mock, objects, program } from "./program.ts";

beforeAll(() => mock());

const receivers = {
  platform: [{ kind: "slack", url: "slack", channel: "#oncall" }],
  security: [{ kind: "email", to: "a@x.example", from: "b@x.example", server: "mail.x.example:587" }],
};

async function alertmanager(alerting: object | undefined) {
  const all = await program({ telemetry: { mode: "builtin" }, ...(alerting ? { alerting } : {}) });
  const find = (kind: string, name: string) => objects(all, kind).find(({ metadata }) => metadata?.name === name);
  const { spec } = find("StatefulSet", "alertmanager")?.spec.template ?? {};
  return {
    config: JSON.parse(find("Secret", "alertmanager-config")?.stringData["alertmanager.yml"] ?? "{}"),
    volumes: spec.volumes as { name: string; secret?: { secretName: string } }[],
    mounts: spec.containers[0].volumeMounts as { name: string; mountPath: string; readOnly?: boolean }[],
    policy: find("NetworkPolicy", "alertmanager"),
  };
}

describe("Alertmanager", () => {
  it("tells nobody, and has no way out, where nobody is named", async () => {
    const { config, volumes, policy } = await alertmanager(undefined);
    expect(config.receivers).toEqual([{ name: "platform" }, { name: "heartbeat" }]);
    expect(volumes.map(({ name }) => name)).not.toContain("receivers");
    expect(policy?.spec.policyTypes).toEqual(["Ingress"]);
  });

  it("reads what receivers ask for from the Secret that is named, and reaches their ports on the internet", async () => {
    const { config, volumes, mounts, policy } = await alertmanager({ secret: "oncall", receivers });
    expect(config.receivers[0].slack_configs[0].api_url_file).toBe("/etc/secrets/receivers/slack");
    expect(volumes).toContainEqual(
      expect.objectContaining({ name: "receivers", secret: expect.objectContaining({ secretName: "oncall" }) }),
    );
    expect(mounts).toContainEqual({ name: "receivers", mountPath: "/etc/secrets/receivers", readOnly: true });
    expect(policy?.spec.egress[0].ports.map(({ port }: { port: number }) => port)).toEqual([443, 587]);
    expect(policy?.spec.egress[0].to[0].ipBlock.except.length).toBeGreaterThan(3);
    expect(JSON.stringify(policy?.metadata)).toContain("agentic.io/internet");
  });

  it("reaches nothing but the ranges that are named", async () => {
    const { policy } = await alertmanager({ secret: "oncall", receivers, cidrs: ["10.1.0.0/16"] });
    expect(policy?.spec.egress[0].to).toEqual([{ ipBlock: { cidr: "10.1.0.0/16" } }]);
    expect(JSON.stringify(policy?.metadata)).not.toContain("agentic.io/internet");
  });
});
