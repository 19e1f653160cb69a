// What an attacker would remove or read: the record of who did what, and Secrets where they are stored.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditFlags, auditPolicy } from "../../embedded/node/audit.ts";
import { ensureEncryption } from "../../embedded/node/encryption.ts";
import { type Cluster, startCluster } from "../integration/operator/cluster.ts";
import { breakGlassTests } from "./break-glass.ts";

const dir = mkdtempSync(join(tmpdir(), "records-"));
const audit = join(dir, "audit");
const encryption = join(dir, "encryption.json");
const tenant = "tenant-a";
/** Those that end what somebody was let in for. */
const controllers = ["job-controller", "ttl-after-finished-controller", "garbage-collector-controller"];
let cluster: Cluster;

beforeAll(async () => {
  mkdirSync(audit, { mode: 0o700 });
  writeFileSync(join(dir, "audit.json"), JSON.stringify(auditPolicy));
  ensureEncryption(encryption);
  const flags = [...auditFlags(join(dir, "audit.json"), audit), `--encryption-provider-config=${encryption}`];
  cluster = await startCluster({ flags, controllerManager: true, controllers });
  await cluster.tenant(tenant);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const kubectl = (...args: string[]) =>
  execFileSync(join(cluster.bin, "kubectl"), ["--kubeconfig", cluster.kubeconfig, "-n", tenant, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

/** The queries of docs/audit.md, by their headings. */
const queries = Object.fromEntries(
  [
    ...readFileSync(join(import.meta.dirname, "../../docs/audit.md"), "utf8").matchAll(
      /^## (.*)\n[^#]*?```sh\n([^`]*)```/gm,
    ),
  ].map(([, heading = "", text = ""]) => [heading, text]),
);

/** What a query of the documentation finds. */
function runQuery(heading: string): string {
  const text = queries[heading];
  if (!text) throw new Error(`docs/audit.md has no query '${heading}'`);
  return execFileSync("sh", ["-c", text], { encoding: "utf8", env: { ...process.env, AUDIT: audit } });
}

test("who approved a workload is still known when the workload is deleted", () => {
  const manifest = { apiVersion: "agentic.io/v1alpha1", kind: "AgentWorkload", metadata: { name: "kettles" } };
  const file = join(dir, "workload.json");
  const spec = { objective: "Compare the kettles", targetUrls: ["https://kettles.example/"] };
  writeFileSync(file, JSON.stringify({ ...manifest, spec }));
  kubectl("apply", "-f", file);
  kubectl(
    "annotate",
    "agentworkload/kettles",
    "agentic.io/approval=approve",
    "agentic.io/approved-by=admin",
    "agentic.io/approval-reason=prices checked",
  );
  kubectl("delete", "agentworkload/kettles");
  const output = runQuery("Who approved or denied what");
  expect(output).toContain("tenant-a/kettles\tapprove\tprices checked");
  expect(output).toContain("admin");
  expect(runQuery("Who made or removed a workload")).toMatch(/admin\tdelete\ttenant-a\/kettles/);
});

test("who read a Secret is recorded, and what is in it is not", () => {
  kubectl("create", "secret", "generic", "model-key", "--from-literal=key=hunter2-hunter2");
  kubectl("get", "secret/model-key", "-o", "yaml");
  expect(runQuery("Who read which Secret")).toMatch(/admin\tget\ttenant-a\/model-key\t200/);
  const log = readFileSync(join(audit, "audit.log"), "utf8");
  expect(log).not.toContain("hunter2");
  expect(log).not.toContain(Buffer.from("hunter2-hunter2").toString("base64"));
});

test("who was refused a Secret is recorded, too", () => {
  expect(() => kubectl("--as=mallory", "get", "secret/model-key")).toThrow(/forbidden/);
  expect(runQuery("Who read which Secret")).toMatch(/mallory\tget\ttenant-a\/model-key\t403/);
});

test("who changed rights and rules is recorded", () => {
  kubectl("create", "role", "reader", "--verb=get", "--resource=pods");
  expect(runQuery("Who changed rights, namespaces or admission")).toMatch(/admin\tcreate\troles\ttenant-a\/reader/);
});

test("the record is for root's eyes, and holds nothing that happens all the time", () => {
  expect(statSync(join(audit, "audit.log")).mode & 0o077).toBe(0);
  const log = readFileSync(join(audit, "audit.log"), "utf8");
  expect(log).not.toMatch(/"resource":"(leases|events|pods)"/);
  expect(log).not.toContain('"verb":"watch","user":{"username":"system:kube');
});

breakGlassTests(
  () => cluster,
  () => runQuery("Who was let into a tenant's namespace"),
);

test("a Secret is not readable where it is stored, while the API server reads it", async () => {
  expect(kubectl("get", "secret/model-key", "-o", "jsonpath={.data.key}")).toBe(
    Buffer.from("hunter2-hunter2").toString("base64"),
  );
  const key = Buffer.from(`/registry/secrets/${tenant}/model-key`).toString("base64");
  const answer = await fetch(`${cluster.etcd}/v3/kv/range`, { method: "POST", body: JSON.stringify({ key }) });
  const { kvs = [] } = (await answer.json()) as { kvs?: { value: string }[] };
  const stored = Buffer.from(kvs[0]?.value ?? "", "base64").toString("latin1");
  expect(stored).toContain("k8s:enc:secretbox:v1:key1:");
  expect(stored).not.toContain("hunter2");
  expect(statSync(encryption).mode & 0o077).toBe(0);
  const before = readFileSync(encryption, "utf8");
  ensureEncryption(encryption);
  expect(readFileSync(encryption, "utf8")).toBe(before);
});
