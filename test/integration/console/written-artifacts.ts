// Artifacts of a step in an object store, with the manifest that names them, as an agent writes them.
import { createHash } from "node:crypto";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { RESULT } from "@agentic/api/template.ts";

/** As the store keeps them: by bucket and key. */
export type Objects = Map<string, Buffer>;

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

interface Step {
  step: string;
  /** Folder of the workload's logs: its artifacts are beside it. */
  logs: string;
  /** By file name; the name without its ending is the artifact's. */
  files: Record<string, string | Buffer>;
}

/** Writes them and returns what the step reports, as its node's outputs have it. */
export function writeArtifacts(objects: Objects, { metadata: { name, uid = "" } }: AgentWorkload, step: Step) {
  const folder = step.logs.slice(0, step.logs.indexOf("logs/"));
  const put = (uri: string, content: string | Buffer): { uri: string; bytes: number; digest: string } => {
    const bytes = Buffer.from(content);
    objects.set(uri.replace("s3://", ""), bytes);
    return { uri, bytes: bytes.length, digest: digestOf(bytes) };
  };
  const artifacts = Object.entries(step.files).map(([file, content]) => {
    return { name: file.replace(/\.\w+$/, ""), ...put(`${folder}${file}`, content) };
  });
  const manifest = put(
    `${folder}manifests/${uid}/${step.step}.json`,
    JSON.stringify({ version: 1, run: uid, jobId: name, step: step.step, artifacts }),
  );
  const value = JSON.stringify({
    artifacts: Object.fromEntries(artifacts.map((artifact) => [artifact.name, artifact.uri])),
    manifest: { uri: manifest.uri, digest: manifest.digest, count: artifacts.length },
  });
  return { digest: manifest.digest, outputs: { parameters: [{ name: RESULT.parameter, value }] } };
}
