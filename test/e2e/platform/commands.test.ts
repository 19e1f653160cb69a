// The commands of `make` that ask a platform which is up, each run as `make` runs it.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { dashboards } from "../../../components/observability/dashboards/index.ts";
import type { Shown } from "../../../embedded/dashboards/prometheus.ts";
import "../../child-coverage.ts";
import { platform } from "./platform.ts";

const root = join(import.meta.dirname, "../../..");

async function make(name: string, ...more: string[]): Promise<string> {
  const env = { ...process.env, INSTANCE: "e2e", STACK: "" };
  const args = [join(root, "embedded/cli/main.ts"), name, ...more];
  return (await promisify(execFile)(process.execPath, args, { cwd: root, env })).stdout;
}

it("status tells of the node, the pods and the workloads", async () => {
  expect(await make("status")).toMatch(/^node {6}.*\npods {6}(\d+) of \d+ ready\n[\s\S]*workloads\n/);
});

it("env prints what a shell needs to talk to the cluster, and nothing else", async () => {
  const lines = (await make("env")).trim().split("\n");
  expect(lines).toContain(`export KUBECONFIG='${platform.kubeconfig}'`);
  expect(lines).toContain(`export PATH='${platform.bin}':"$PATH"`);
  expect(lines.filter((line) => !line.startsWith("export "))).toEqual([]);
});

it("preview finds nothing to make, replace or delete", async () => {
  expect(await make("preview")).toMatch(/^0 created, \d+ updated, 0 replaced, 0 deleted, \d+ unchanged$/m);
});

it("render writes every object, and says how to apply them", async () => {
  expect(await make("render")).toMatch(/^\d{3} objects in out\/render\n[\s\S]*kubectl apply/m);
});

it("dashboards writes what the metrics show, each panel with an answer of Prometheus'", async () => {
  const [file = ""] = (await make("dashboards")).match(/^\S+dashboards\.html/) ?? [];
  const [, data = "{}"] =
    /<script type="application\/json" id="data">(.*)<\/script>/.exec(readFileSync(file, "utf8")) ?? [];
  const { shown } = JSON.parse(data) as { shown: Shown[] };
  expect(shown.map(({ id }) => id)).toEqual(dashboards.map(({ uid }) => uid));
  for (const { panels } of shown) expect(panels.filter(({ refused }) => refused !== undefined)).toEqual([]);
  expect(shown[0]?.panels.filter(({ lines }) => lines.length > 0).length).toBeGreaterThan(10);
});

it("cost reports the present month, and writes it for spreadsheets where anything has ended", async () => {
  const month = new Date().toISOString().slice(0, 7);
  const output = await make("cost", "--month", month);
  expect(output).toContain(month);
  const [file] = output.match(/^\S+\.csv/m) ?? [];
  if (output.includes("Workloads that ended in")) expect(readFileSync(file ?? "", "utf8")).toContain(month);
});

describe("verify", () => {
  it("says what an image is signed and attested with", async () => {
    const output = await make("verify", platform.signedAgents);
    expect(output).toMatch(/@sha256:[0-9a-f]{64}\n( {2}✓ .*\n)+$/);
  });

  it("fails where the image is another builder's", async () => {
    const failure = await make("verify", "--builder", "https://builder.example/", platform.signedAgents).catch(
      (error: { code: number; stdout: string }) => error,
    );
    expect(failure).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ .*provenance/) });
  });

  it.each([
    ["an image of elsewhere", "quay.io/minio/minio:1", "is not an image of the cluster's registry"],
    ["a tag that isn't there", "none:1", "has no image with the tag '1'"],
  ])("refuses %s", async (_, image, message) => {
    const host = platform.signedAgents.split("/")[0];
    const failure = await make("verify", image.includes("/") ? image : `${host}/${image}`).catch((error) => error);
    expect(failure.stderr).toContain(message);
  });
});
