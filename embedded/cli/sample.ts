// Runs one AgentWorkload until it ends and reads its results: the timeline of its steps, its artifacts.
import { createHash } from "node:crypto";
import type { AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { type ArtifactManifest, parseS3Uri } from "@agentic/api/artifacts.ts";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { parseAllDocuments } from "yaml";
import type { Progress } from "../node/progress.ts";
import { apply, type Cluster, forward, get, type KubeObject, kubectl, watch } from "./cluster.ts";

/** An AgentWorkload as the command reads it; the whole contract is in api/. */
export interface Workload extends KubeObject {
  spec?: Pick<AgentWorkloadSpec, "targetUrls" | "orchestration">;
  status?: {
    phase?: string;
    message?: string;
    currentNode?: string;
    argoWorkflow?: { name: string; namespace: string };
    workflowArtifacts?: Record<string, string>;
    cost?: AgentWorkloadStatus["cost"];
    artifacts?: { manifests?: Record<string, string>; digests?: Record<string, string> };
    startedAt?: string;
    completedAt?: string;
  };
}

interface Workflow extends KubeObject {
  status?: { nodes?: Record<string, WorkflowNode> };
}

interface WorkflowNode {
  displayName: string;
  type: string;
  phase: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
}

const finished = new Set(["Completed", "Failed", "Denied"]);

/** Parses a file of manifests: its one AgentWorkload, and all objects to apply with it. */
export function parseWorkload(text: string, file: string): { workload: KubeObject; objects: KubeObject[] } {
  const documents = parseAllDocuments(text);
  const wrong = documents.flatMap((document) => document.errors)[0];
  if (wrong) throw new Error(`${file}: ${wrong.message}`);
  const objects = documents.map((document) => document.toJS() as KubeObject | null).filter((object) => object !== null);
  const workloads = objects.filter((object) => object.kind === "AgentWorkload");
  const [workload] = workloads;
  if (!workload || workloads.length > 1)
    throw new Error(`${file} holds ${workloads.length} AgentWorkloads: it must hold exactly one`);
  if (!workload.metadata?.namespace)
    throw new Error(`${file}: metadata.namespace is missing: name the tenant's namespace, such as tenant-demo`);
  return { workload, objects };
}

/** Applies a workload (replacing an ended one of the same name) and waits until it ends. */
export async function runWorkload(
  cluster: Cluster,
  { workload, objects }: ReturnType<typeof parseWorkload>,
  progress: Progress,
): Promise<Workload> {
  const { name, namespace = "" } = workload.metadata;
  const before = await get<Workload>(cluster, "agentworkload", name, namespace);
  if (before && finished.has(before.status?.phase ?? ""))
    await kubectl(cluster, ["delete", "agentworkload", name, "-n", namespace, "--wait", "--cascade=foreground"]);
  await apply(cluster, objects);
  for await (const now of watch<Workload>(cluster, "agentworkload", name, namespace)) {
    const { phase = "Pending", currentNode, message } = now.status ?? {};
    if (finished.has(phase)) return now;
    progress([phase, currentNode, message].filter(Boolean).join(" · "));
  }
  throw new Error(`the watch of AgentWorkload ${namespace}/${name} ended before the workload did: see make status`);
}

/** One line per step of the workload, in order of their start: when, how long, how it ended. */
export async function timeline(cluster: Cluster, workload: Workload): Promise<string[]> {
  const reference = workload.status?.argoWorkflow;
  if (!reference) return [];
  const workflow = await get<Workflow>(cluster, "workflow", reference.name, reference.namespace);
  const zero = Date.parse(workload.metadata.creationTimestamp ?? "");
  return Object.values(workflow?.status?.nodes ?? {})
    .filter((node) => ["Pod", "Suspend", "Skipped"].includes(node.type) && node.startedAt)
    .sort((a, b) => (a.startedAt ?? "").localeCompare(b.startedAt ?? "") || a.displayName.localeCompare(b.displayName))
    .map((node) => {
      const start = (Date.parse(node.startedAt ?? "") - zero) / 1000;
      const took = node.finishedAt
        ? (Date.parse(node.finishedAt) - Date.parse(node.startedAt ?? "")) / 1000
        : Number.NaN;
      const time = `+${start.toFixed(0)} s`.padStart(7);
      return `${time}  ${node.displayName.padEnd(20)} ${`${took.toFixed(0)} s`.padStart(5)}  ${node.phase}${node.message ? ` (${node.message})` : ""}`;
    });
}

/** Reads objects of a tenant's object store, with the tenant's own credentials through a forwarded port. */
export async function openArtifacts(cluster: Cluster, namespace: string) {
  const secret = await get(cluster, "secret", "object-store", namespace);
  const value = (name: string) => Buffer.from(secret?.data?.[name] ?? "", "base64").toString();
  const ca = await get(cluster, "secret", "platform-ca", namespace);
  const local = await forward(cluster, "shared-services", "svc/minio", 9000);
  const client = new S3Client({
    endpoint: `${ca ? "https" : "http"}://127.0.0.1:${local.port}`,
    ...(ca ? { requestHandler: { httpsAgent: trusting(ca, "minio.shared-services") } } : {}),
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: value("access-key"), secretAccessKey: value("secret-key") },
  });
  return {
    async read(uri: string): Promise<Buffer> {
      const { bucket, key } = parseS3Uri(uri);
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    /** The keys that begin with that of the URI. */
    async keys(uri: string): Promise<string[]> {
      const { bucket, key } = parseS3Uri(uri);
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key }));
      return Contents.flatMap(({ Key }) => Key ?? []);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await local[Symbol.asyncDispose]();
    },
  };
}

/**
 * One artifact of a workload, as its run wrote it: its digest stands in its step's manifest, and the manifest's in the
 * workload's status. Throws an error where it is another, because somebody has written over it.
 */
export async function readArtifact(cluster: Cluster, workload: Workload, name: string): Promise<Buffer> {
  await using store = await openArtifacts(cluster, workload.metadata.namespace ?? "");
  const read = async (uri: string, digest: string | undefined) => {
    const bytes = await store.read(uri);
    if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest)
      throw new Error(`${uri} is not what the run wrote: its digest is not ${digest ?? "in the workload's status"}`);
    return bytes;
  };
  const { manifests = {}, digests = {} } = workload.status?.artifacts ?? {};
  for (const [step, uri] of Object.entries(manifests)) {
    const manifest = JSON.parse((await read(uri, digests[step])).toString()) as ArtifactManifest;
    const entry = manifest.artifacts.find((artifact) => artifact.name === name);
    if (entry) return await read(entry.uri, entry.digest);
  }
  throw new Error(`no step of ${workload.metadata.name} wrote an artifact ${name}`);
}

/** TLS options for a forwarded port: trust the platform's authority, and expect the service's name. */
export function trusting({ data }: KubeObject, servername: string): { ca: Buffer; servername: string } {
  return { ca: Buffer.from(data?.["ca.crt"] ?? "", "base64"), servername };
}
