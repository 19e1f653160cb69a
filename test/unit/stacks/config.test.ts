// The stack's config: defaults, profiles, and what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOn } from "../../../stacks/config/components.ts";
import { checkSecrets, parseConfig, rawConfig } from "../../../stacks/config/config.ts";
import { componentNames } from "../../../stacks/config/declared.ts";
import { objectQuota } from "../../../stacks/config/object-quota.ts";

const images = {
  operator: "r/operator:1",
  agents: "r/agents:1",
  workflowEngine: "r/engine:1",
  eventReceiver: "r/receiver:1",
};
const minimal = { images, workflowEngine: "builtin", eventEngine: "builtin" };

function errorOf(raw: Record<string, unknown>, hasKey = false): string {
  try {
    parseConfig("p", raw, hasKey);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("the stack's config", () => {
  it("has secure defaults for all that isn't set", () => {
    const config = parseConfig("p", minimal, false);
    expect(config.tenants).toEqual([
      {
        name: "demo",
        tracePrompts: false,
        bucket: "artifacts",
        owner: "platform",
        costCenter: "platform",
        allowedSites: [],
        egressInternet: false,
        events: "signed",
        external: false,
        members: [],
        approval: {},
        quota: { cpu: "16", memory: "24Gi", pods: 100, objects: objectQuota(undefined, "standard") },
      },
    ]);
    const disabled = componentNames.filter((name) => !config.components[name].enabled);
    expect(disabled).toEqual(componentNames.filter((name) => !isOn({}, name)));
    expect(config.cluster.kind).toBe("existing");
    expect(config.artifactRetentionDays).toBe(30);
  });

  it("gives every other tenant a bucket of its own", () => {
    const config = parseConfig("p", { ...minimal, tenants: [{ name: "demo" }, { name: "blue" }] }, false);
    expect(config.tenants.map(({ bucket }) => bucket)).toEqual(["artifacts", "artifacts-blue"]);
  });

  it("runs Argo unless it is told otherwise", () => {
    expect(parseConfig("p", { images }, false).workflowEngine).toBe("argo");
  });

  it("tells every error at once, each with its key", () => {
    const message = errorOf({
      ...minimal,
      workflowEngine: "airflow",
      artifactRetentionDays: 0,
      tenants: [{ name: "Not A Name" }],
      cluster: { apiServerCidrs: ["10.0.0.1"] },
    });
    expect(message).toMatch(/has \d errors/);
    expect(message).toContain("p:workflowEngine");
    expect(message).toContain("p:artifactRetentionDays");
    expect(message).toContain("p:tenants[0].name");
    expect(message).toContain("p:cluster.apiServerCidrs[0]");
    expect(message).toContain('got "10.0.0.1"');
  });

  it("says each error once, with what would be right", () => {
    const raw = { cluster: { kind: "docker", port: 1 }, profile: "huge", components: { redis: {} } };
    expect(errorOf(raw).split("\n").slice(1)).toEqual([
      expect.stringMatching(/^ {2}p:cluster has unknown fields: port \(it may have kind, kubeconfig, /),
      '  p:cluster.kind must be one of existing, kind, k3d, k3s, gke, none, got "docker"',
      '  p:profile must be one of minimal, standard, ha, got "huge"',
      expect.stringMatching(/^ {2}p:components has unknown fields: redis \(it may have minio, /),
    ]);
  });

  it("says errors however many there are", () => {
    const tenants = Array.from({ length: 20 }, (_, i) => ({ name: `Tenant ${i}` }));
    expect(errorOf({ ...minimal, tenants })).toMatch(/^the stack's config has 20 errors:/);
  });

  it.each([
    [{ ...minimal, tenant: [] }, "p:tenant is not a key of this program"],
    [{ ...minimal, components: { redis: {} } }, "p:components has unknown fields: redis"],
    [{ ...minimal, components: { litellm: { storage: "1Gi" } } }, "p:components.litellm has unknown fields: storage"],
    [{ workflowEngine: "argo", images: { operator: "r/o:1" } }, "p:images.agents is missing"],
    [
      { workflowEngine: "builtin", images: { operator: "r/o:1", agents: "r/a:1" } },
      "p:images.workflowEngine is missing",
    ],
    [{ ...minimal, llm: { model: "openai/x" } }, "p:llmApiKey is missing"],
    [{ ...minimal, tenants: [{ name: "a" }, { name: "a" }] }, "has name 'a' twice"],
    [
      {
        ...minimal,
        tenants: [
          { name: "a", bucket: "same" },
          { name: "b", bucket: "same" },
        ],
      },
      "has bucket 'same' twice",
    ],
    [
      { ...minimal, workflowEngine: "argo", components: { postgres: { enabled: false } } },
      "p:components.postgres.enabled is false, but Argo keeps its archive there",
    ],
  ])("refuses %j", (raw, message) => {
    expect(errorOf(raw)).toContain(message);
  });

  it("refuses a key for a model that isn't named", () => {
    expect(errorOf(minimal, true)).toContain("p:llm is missing");
    expect(errorOf({ ...minimal, llm: { model: "openai/x" } }, true)).toBe("");
  });

  it("refuses any key that it doesn't know, by its name", () => {
    const knownKeys = [
      "cluster",
      "workflowEngine",
      "images",
      "components",
      "tenants",
      "llm",
      "llmApiKey",
      "owner",
      "costCenter",
    ];
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 1 })
          .filter((key) => ![...knownKeys, "artifactRetentionDays", "__proto__"].includes(key)),
        (key) => {
          expect(errorOf({ ...minimal, [key]: "x" })).toContain(`p:${key} is not a key`);
        },
      ),
    );
  });

  it("takes each component's switch", () => {
    fc.assert(
      fc.property(fc.subarray([...componentNames]), (disabled) => {
        const components: Record<string, object> = Object.fromEntries(
          disabled.map((name) => [name, { enabled: false }]),
        );
        // What events need can't be off without them.
        if (disabled.includes("operator") || disabled.includes("workflows")) components.events = { enabled: false };
        const config = parseConfig("p", { ...minimal, components }, false);
        for (const name of componentNames)
          expect(config.components[name].enabled).toBe(components[name] === undefined && isOn({}, name));
      }),
    );
  });

  it("reads each key as Pulumi hands it over, and leaves other projects' keys and secrets alone", () => {
    const all = {
      "p:workflowEngine": "builtin",
      "p:artifactRetentionDays": "7",
      "p:owner": "12",
      "p:tenants": '[{"name":"a"}]',
      "p:llmApiKey": "sk-secret",
      "p:unknown": "not { json",
      "kubernetes:namespace": "x",
    };
    expect(rawConfig("p", all)).toEqual({
      workflowEngine: "builtin",
      artifactRetentionDays: 7,
      owner: "12",
      tenants: [{ name: "a" }],
      unknown: "not { json",
    });
  });
});

describe("the generations of passwords and tokens", () => {
  it("are the first of each where nothing is said, and the others where one is", () => {
    const { rotation } = parseConfig(
      "p",
      { ...minimal, rotation: { minio: { generation: 2, keepPrevious: true } } },
      false,
    );
    expect(rotation.minio).toEqual({ generation: 2, keepPrevious: true });
    expect(rotation.postgres).toEqual({ generation: 1, keepPrevious: false });
  });

  it.each([
    [
      { minio: { generation: 1, keepPrevious: true } },
      "p:rotation.minio.keepPrevious is true, but generation 1 has none before it",
    ],
    [{ minio: { generation: 0 } }, "p:rotation.minio.generation must be >= 1, got 0"],
    [{ redis: { generation: 2 } }, "has unknown fields: redis"],
    [{ minio: { keepPrevious: true } }, "generation"],
  ])("are refused as %j", (rotation, message) => {
    expect(errorOf({ ...minimal, rotation })).toContain(message);
  });
});

describe("a secret of the config", () => {
  it.each(["sk-a\n", "sk-a\r\nX-Other: 1", "sk a", "sk-\u0000", "sk-ä"])(
    "is refused as %j, without its text",
    (text) => {
      const check = () => checkSecrets("p", { "p:llmApiKey": text });
      expect(check).toThrow("p:llmApiKey has a blank, a line break or another character that no key has");
      expect(check).not.toThrow("sk");
    },
  );

  it.each(["", "sk-A_1.2/3+4="])("is taken as %j", (text) => {
    expect(() => checkSecrets("p", { "p:llmApiKey": text })).not.toThrow();
  });
});
