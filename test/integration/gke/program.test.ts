// The program of a stack on GKE by the deployer's own path: recorded as in a preview, rendered, and checked by the policy pack.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { policy, renderTo } from "../../../embedded/deploy/deploy.ts";
import { KNOWN_LATER } from "../../../embedded/deploy/render.ts";
import { everything } from "../../unit/gke/configs.ts";

const directory = join(import.meta.dirname, "../../..");
const digest = `sha256:${"a".repeat(64)}`;
const images = {
  operator: `localhost/agentic-platform/operator@${digest}`,
  agents: `localhost/agentic-platform/agents@${digest}`,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gke-program-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (config: object) => ({ directory, stack: "gke", config: { images, ...config }, on: () => {} });

describe("the program of Pulumi.gke.yaml", () => {
  it.each([
    ["as it stands", {}],
    [
      "with everything on, in mode standard",
      { gke: everything, images: { ...images, console: `localhost/agentic-platform/console@${digest}` } },
    ],
  ])("violates no mandatory policy %s", async (_, config) => {
    const { violations, resources } = await policy({ ...options(config), pack: join(directory, "policy") });
    expect(resources).toBeGreaterThan(250);
    expect(
      violations
        .filter(({ level }) => level === "mandatory")
        .map(({ policy: name, urn, message }) => [name, urn, message]),
    ).toEqual([]);
  });

  it("renders its Kubernetes objects before there is a cluster, and says what is known later", async () => {
    const out = join(folder, "render");
    const files = await renderTo({ ...options({}), out, stateFile: join(folder, "state.json") });
    expect(files.length).toBeGreaterThan(130);
    expect(
      readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(out, join(entry.parentPath, entry.name)))
        .sort(),
    ).toEqual([...files].sort());
    const objects = files.map((file) => parse(readFileSync(join(out, file), "utf8"), { version: "1.1" }));
    const unresolved = objects.filter((object) => JSON.stringify(object).includes(KNOWN_LATER));
    expect(unresolved.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      // The authority of the database's certificate, in all four Secrets, and the checksums of the operator's and the gateway's.
      "Secret agentic-system/cost-ledger",
      "Deployment agentic-system/agentic-operator",
      "Secret shared-services/litellm-keys",
      "Deployment shared-services/litellm",
      "Secret shared-services/postgres-tenants",
      "Secret tenant-demo/postgres",
    ]);
    const settings = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "agentic-tenant");
    expect(settings.data.object_store_url).toBe("gs://storage.googleapis.com");
  });
});
