// A run's artifacts as the console reads them: no further than the run's own folder, and nothing but what the manifest says.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { expect, test } from "vitest";
import { artifactsOf, contentOf, digestOf, isOwn } from "../../../console/artifacts/artifacts.ts";
import { contentTypeOf } from "../../../console/artifacts/content-type.ts";
import { Refusal } from "../../../console/http/errors.ts";

const FOLDER = "s3://artifacts/job_a/";
const bytes = (text: string) => new TextEncoder().encode(text);

/** A workload whose step has written these objects, and a store that has those of the second argument in their place. */
function written(objects: Record<string, string>, now: Record<string, string> = {}) {
  const artifacts = Object.entries(objects).map(([uri, text]) => {
    return { name: uri.slice(uri.lastIndexOf("/") + 1), uri, digest: digestOf(bytes(text)), bytes: text.length };
  });
  const manifest = JSON.stringify({ version: 1, run: "u", jobId: "a", step: "analysis", artifacts });
  const uri = `${FOLDER}manifests/u/analysis.json`;
  const workload: AgentWorkload = {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name: "a", namespace: "tenant-a", uid: "u" },
    spec: { objective: "x", targetUrls: ["https://example.com/"] },
    status: {
      logs: `${FOLDER}logs/u`,
      artifacts: {
        total: 1,
        named: 0,
        manifests: { analysis: uri },
        digests: { analysis: digestOf(bytes(manifest)) },
      },
    },
  };
  const store: Record<string, string> = { ...objects, [uri]: manifest, ...now };
  const read = async (at: string) => {
    const text = store[at];
    if (text === undefined) throw new Refusal(404, "not-found", "gone");
    return new Response(text);
  };
  return { workload, read };
}

test("an artifact is served as it was written", async () => {
  const { workload, read } = written({ [`${FOLDER}report.md`]: "# Report" });
  const { artifact, bytes: content } = await contentOf(read, workload, { step: "analysis", name: "report.md" });
  expect(Buffer.from(content).toString()).toBe("# Report");
  expect(artifact.contentType).toBe("text/plain; charset=utf-8");
});

test("what another run has written in its place is refused", async () => {
  const uri = `${FOLDER}report.md`;
  const { workload, read } = written({ [uri]: "# Report" }, { [uri]: "# Another" });
  await expect(contentOf(read, workload, { step: "analysis", name: "report.md" })).rejects.toMatchObject({
    status: 409,
  });
});

test("a manifest that was replaced names nothing", async () => {
  const { workload, read } = written({ [`${FOLDER}a.json`]: "1" }, { [`${FOLDER}manifests/u/analysis.json`]: "{}" });
  expect(await artifactsOf(read, workload)).toEqual([]);
});

test.each([
  "s3://other-tenant/job_b/report.md",
  "s3://artifacts/job_b/report.md",
  `${FOLDER}../job_b/report.md`,
  `${FOLDER}%2e%2E/job_b/report.md`,
])("a step that names %s as its own leads nobody there", async (uri) => {
  const { workload, read } = written({ [uri]: "secret" });
  expect(isOwn(workload, uri)).toBe(false);
  expect(await artifactsOf(read, workload)).toEqual([]);
});

test.each(["page.html", "a.svg", "a.js", "a.xml"])("%s is served as a text that no browser runs", (key) => {
  expect(contentTypeOf(`${FOLDER}${key}`)).toBe("text/plain; charset=utf-8");
});
