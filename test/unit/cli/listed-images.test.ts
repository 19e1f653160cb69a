// What images of this machine the platform is given, signed or not yet.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settingsOf } from "../../../embedded/cli/program.ts";
import { listedConfig, signedConfig } from "../../../embedded/cli/signed-images.ts";
import type { Images } from "../../../embedded/images/images.ts";
import { parseConfig } from "../../../stacks/config/config.ts";

const archive = (ref: string) => ({ ref, path: `/tmp/${ref}.tar`, digest: `sha256:${"0".repeat(64)}` });
const ownImages = {
  operator: "localhost/agentic-platform/operator:1",
  agents: "localhost/agentic-platform/agents:1",
  workflowEngine: "localhost/agentic-platform/workflow-engine:1",
  eventReceiver: "localhost/agentic-platform/event-receiver:1",
  console: "localhost/agentic-platform/console:1",
};
const images: Images = {
  archives: [],
  own: ownImages,
  argo: false,
  argoImages: {},
  tenantImages: { agents: archive(ownImages.agents) },
  published: [archive(ownImages.agents)],
  argoEvents: false,
  notPulled: [],
};
const components = {
  registry: { enabled: true },
  policyController: { enabled: true, values: { internet: false, disableTuf: true } },
};
const cluster = { kind: "none", apiServerCidrs: ["10.250.0.2/32"] };

/** The config of a platform with that, checked. */
function config(engine: "argo" | "builtin", images: Images) {
  const settings = { workflowEngine: engine, eventEngine: "builtin", ...listedConfig(images, components) };
  return parseConfig("agentic-platform", { cluster, ...settings }, false);
}

describe("a platform whose programs are not all compiled yet", () => {
  it("has no telemetry before that is, and the stack's own after", () => {
    const of = (telemetry: boolean) => {
      const settings = settingsOf(images, { signing: true, telemetry });
      return settings.telemetry;
    };
    expect(of(false)).toEqual({ mode: "off" });
    expect(of(true)).toBeUndefined();
  });
});

describe("a platform that can't check signatures yet", () => {
  it("runs nothing in tenants' namespaces but the agents' image of this build", () => {
    const { tenantImages, components: parts, imagePolicies } = config("builtin", images);
    expect(tenantImages).toEqual([ownImages.agents]);
    expect([parts.registry.enabled, parts.policyController.enabled, imagePolicies]).toEqual([false, false, []]);
  });

  it("runs Argo's executor as well where Argo runs, by the name that the bundle has for it", () => {
    const executor = archive("mirror.example/argoproj/argoexec:v4.1.2");
    const argo = { ...images, argo: true, tenantImages: { ...images.tenantImages, executor } };
    expect(config("argo", argo).tenantImages).toEqual([ownImages.agents, executor.ref]);
  });

  it("is refused where the list lacks what the platform itself runs there", () => {
    const settings = {
      workflowEngine: "builtin",
      eventEngine: "builtin",
      images: ownImages,
      tenantImages: ["other:1"],
    };
    expect(() => parseConfig("agentic-platform", { cluster, ...settings }, false)).toThrow(
      `agentic-platform:tenantImages lacks ${ownImages.agents} (images.agents), which runs in tenants' namespaces: add it`,
    );
  });
});

describe("a platform that checks signatures", () => {
  const saved = process.env.XDG_STATE_HOME;
  const state = mkdtempSync(join(tmpdir(), "signed-config-"));
  beforeAll(() => {
    process.env.XDG_STATE_HOME = state;
  });
  afterAll(() => {
    if (saved === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = saved;
    rmSync(state, { recursive: true });
  });

  /** The policies of such a platform with images of those builders, checked. */
  function policies(published: Images["published"]) {
    const settings = { workflowEngine: "builtin", eventEngine: "builtin" };
    const platformConfig = { cluster, ...settings, components, ...signedConfig({ ...images, published }, components) };
    return parseConfig("agentic-platform", platformConfig, false).imagePolicies;
  }

  it("asks for the signature by one policy, and for SBOM and provenance of its builders by another", () => {
    const [signature, attestations, ...others] = policies([{ ...archive(ownImages.agents), materials: [] }]);
    expect(others).toEqual([]);
    expect(signature?.authorities).toEqual([{ name: "this-machine", key: { data: expect.any(String) } }]);
    expect(attestations?.authorities).toEqual([
      expect.objectContaining({
        attestations: [
          { name: "sbom", predicateType: "https://spdx.dev/Document" },
          {
            name: "provenance",
            predicateType: "https://slsa.dev/provenance/v1",
            provenance: { builders: ["https://agentic.io/builders/make-up"], maxAgeDays: 365 },
          },
        ],
      }),
    ]);
  });

  it("admits imported images only where it has some", () => {
    const own = { ...archive(ownImages.agents), materials: [] };
    const text = (published: Images["published"]) => JSON.stringify(policies(published));
    expect(text([own])).not.toContain("make-up/import");
    expect(text([own, archive("quay.io/argoproj/argoexec:v4.1.2")])).toContain(
      "https://agentic.io/builders/make-up/import",
    );
  });
});
