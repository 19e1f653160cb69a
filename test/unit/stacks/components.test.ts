// The component picker: what it takes, what it fills in, and what it refuses by name.
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";
import { componentNames } from "../../../stacks/config/declared.ts";
import { namespaceQuota } from "../../../stacks/config/quotas.ts";

const images = {
  operator: "r/operator:1",
  agents: "r/agents:1",
  workflowEngine: "r/engine:1",
  eventReceiver: "r/re:1",
};
const argo = { images, workflowEngine: "argo", eventEngine: "argo" };
const builtin = { images, workflowEngine: "builtin", eventEngine: "builtin" };

const components = (raw: Record<string, unknown>) => parseConfig("p", raw, false).components;

function errorOf(raw: Record<string, unknown>): string {
  try {
    parseConfig("p", raw, false);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("the component picker", () => {
  it("makes a tag of the component's own image of a version", () => {
    expect(components({ ...builtin, components: { litellm: { version: "v1.107.0" } } }).litellm.image).toBe(
      "ghcr.io/berriai/litellm:v1.107.0",
    );
    const { operator, ...rest } = images;
    const platform = components({
      ...builtin,
      images: rest,
      imageRegistry: "r.example.com/p",
      components: { operator: { version: "2.0.0" } },
    });
    expect(platform.operator.image).toBe("r.example.com/p/operator:2.0.0");
    expect(operator).toBeTruthy();
  });

  it("fills in each component's settings", () => {
    const { postgres, browserless } = components({ ...argo, components: { browserless: { values: { queue: 5 } } } });
    expect(browserless.values).toEqual({ concurrency: 3, queue: 5, timeoutSeconds: 60 });
    expect(postgres.values).toMatchObject({ maxConnections: 100, sharedBuffers: "128MB" });
  });

  it.each([
    ["a component that there is none of", { redis: {} }, "p:components has unknown fields: redis"],
    ["a setting that there is none of", { minio: { values: { root: true } } }, "p:components.minio.values has unknown"],
    ["an image without a tag", { minio: { image: "r/minio" } }, "p:components.minio.image must be an image's full ref"],
    ["the tag latest", { minio: { image: "quay.io/minio/minio:latest" } }, "p:components.minio.image"],
    [
      "a version of an image of the platform's own, whose registry nobody knows",
      { operator: { version: "2.0.0" } },
      "p:components.operator.version is a tag of an image of the platform's own, but imageRegistry doesn't say where those are",
    ],
    ["the version latest", { minio: { version: "latest" } }, "p:components.minio.version"],
    [
      "an image and a version",
      { minio: { image: "r/minio:1", version: "2" } },
      "p:components.minio.version and p:components.minio.image are both given",
    ],
    [
      "an image of Argo, which has three",
      { workflows: { image: "r/argo:1" } },
      "p:components.workflows.image is given, but Argo runs from three images",
    ],
    [
      "an image and a version of Argo",
      { workflows: { version: "v4", values: { serverImage: "r/argocli:1" } } },
      "p:components.workflows.values.serverImage and p:components.workflows.version are both given",
    ],
    [
      "two pods on one volume",
      { postgres: { replicas: 2 } },
      "p:components.postgres.replicas is 2, but Postgres stands on one volume",
    ],
    ["a volume of what has none", { litellm: { storage: "1Gi" } }, "p:components.litellm has unknown fields: storage"],
    [
      "more than the limit",
      { litellm: { resources: { requests: { cpu: "2", memory: "1Gi" }, limits: { cpu: "1500m", memory: "1Gi" } } } },
      "p:components.litellm.resources.requests.cpu is 2, more than the limit of 1500m",
    ],
    [
      "events without workflows",
      { workflows: { enabled: false } },
      "p:components.workflows.enabled is false, but events lead to AgentWorkloads",
    ],
    [
      "an own image twice",
      { operator: { image: "r/operator:2" } },
      "components.operator.image and images.operator are",
    ],
  ])("refuses %s", (_, settings, message) => {
    expect(errorOf({ ...argo, components: settings })).toContain(message);
  });

  it("refuses what only Argo has where the built-in engine runs", () => {
    const message = errorOf({ ...builtin, components: { workflows: { replicas: 2, values: { parallelism: 5 } } } });
    expect(message).toContain("p:components.workflows.replicas is 2, but the built-in engine elects no leader");
    expect(message).toContain("p:components.workflows.values.parallelism is a setting of Argo");
  });

  it("tells what keys are wrong by themselves and what can't be together in one error", () => {
    const message = errorOf({ ...argo, tenants: [], components: { postgres: { replicas: 2 } } });
    expect(message).toContain("p:tenants ");
    expect(message).toContain("p:components.postgres.replicas");
  });
});

describe("a profile", () => {
  it("is standard where none is named, and takes the config's own sizes before its own", () => {
    expect(parseConfig("p", argo, false).profile).toBe("standard");
    const { browserless } = components({ ...argo, profile: "ha", components: { browserless: { replicas: 5 } } });
    expect(browserless.replicas).toBe(5);
  });

  it("ha puts every service that can stand in several pods into several", () => {
    const singleReplica = ["minio", "postgres", "prometheus", "postgresExporter", "alertmanager", "jaeger"];
    const haComponents = components({ ...argo, profile: "ha" });
    for (const name of componentNames)
      if (haComponents[name].enabled) expect(haComponents[name].replicas > 1, name).toBe(!singleReplica.includes(name));
    expect(components({ ...builtin, profile: "ha" }).workflows.replicas).toBe(1);
  });

  it("never changes the size of a volume: another one would replace its StatefulSet", () => {
    const sizes = ["minimal", "standard", "ha"].map((profile) =>
      Object.values(components({ ...argo, profile })).map(({ storage }) => storage),
    );
    expect(sizes[1]).toEqual(sizes[0]);
    expect(sizes[2]).toEqual(sizes[0]);
  });

  it("ha protects data unless it is told otherwise, the others don't", () => {
    const protection = (raw: Record<string, unknown>) => parseConfig("p", { ...argo, ...raw }, false).dataProtection;
    expect(["minimal", "standard", "ha"].map((profile) => protection({ profile }))).toEqual([
      "delete",
      "delete",
      "protect",
    ]);
    expect(protection({ profile: "ha", dataProtection: "retain" })).toBe("retain");
  });

  it("has quotas that grow with what a namespace holds", () => {
    const small = namespaceQuota("shared-services", components({ ...argo, profile: "minimal" }));
    const large = namespaceQuota(
      "shared-services",
      components({
        ...argo,
        profile: "ha",
        components: { browserless: { replicas: 20 }, minio: { storage: "5Ti" } },
      }),
    );
    expect(small).toEqual({ cpu: "18", memory: "24Gi", pods: 50, storage: "200Gi" });
    // 20 pods of 2 cores and 3 GiB, and 5 more of them in a roll-out.
    expect(Number(large.cpu)).toBeGreaterThan(50);
    expect(large.storage).toBe("5130Gi");
  });
});
