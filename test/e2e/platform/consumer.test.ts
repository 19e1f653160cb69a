// Another team's stack on the running platform: its own tenant, its own template, its own workload, and nothing left after.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { get, type KubeObject, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { readArtifact, type Workload } from "../../../embedded/cli/sample.ts";
import { destroy, readOutputs, type StackOptions, type Summary, up } from "../../../embedded/deploy/deploy.ts";
import { platform } from "./platform.ts";

const namespace = "tenant-acme";
const options = (): StackOptions => ({
  directory: join(import.meta.dirname, "../../../examples/consumer"),
  stack: "e2e",
  kubeconfig: platform.kubeconfig,
});

/** Versions of everything that the platform's stack has made; what controllers write is left out. */
async function platformObjects(): Promise<Record<string, string>> {
  const kinds = [
    "secret",
    "configmap",
    "serviceaccount",
    "role",
    "rolebinding",
    "networkpolicy",
    "service",
    "resourcequota",
  ];
  const objects = (await Promise.all(kinds.map((kind) => list<KubeObject>(platform, kind)))).flat();
  return Object.fromEntries(
    objects
      .filter(({ metadata }) => metadata.labels?.["applyset.kubernetes.io/part-of"])
      .filter(({ metadata, kind }) => metadata.namespace !== namespace && kind !== "ResourceQuota")
      .map(({ kind, metadata }) => [`${kind} ${metadata.namespace}/${metadata.name}`, metadata.uid ?? ""]),
  );
}

describe("a consumer's stack", () => {
  let before: Record<string, string>;
  let summary: Summary;
  beforeAll(async () => {
    before = await platformObjects();
    summary = await up(options());
  });
  afterAll(async () => {
    // Where a test above has failed; otherwise there is nothing left to do.
    await destroy(options());
  });

  it("comes up with its tenant, and its workload Completed by its own template", async () => {
    expect(summary.failures).toEqual([]);
    const workload = await get<Workload>(platform, "agentworkload", "kettle-prices", namespace);
    expect(workload?.status?.phase, JSON.stringify(workload?.status)).toBe("Completed");
    const workflow = await get<KubeObject>(platform, "workflow", workload?.status?.argoWorkflow?.name ?? "", namespace);
    expect(workflow?.spec).toMatchObject({ workflowTemplateRef: { name: "quick-report" } });
  });

  it("has its report in its own bucket, with facts from the pages", async () => {
    const workload = await get<Workload>(platform, "agentworkload", "kettle-prices", namespace);
    expect(workload?.status?.workflowArtifacts?.report).toBe("s3://artifacts-acme/job_kettle-prices/report.md");
    expect((await readArtifact(platform, workload as Workload, "report")).toString()).toContain("139.00");
  });

  it("gives its people a kubeconfig for its namespace alone", async () => {
    const { kubeconfig } = await readOutputs(options());
    const { users } = JSON.parse(String(kubeconfig)) as { users: { user: { token: string } }[] };
    const credentials = ["--token", users[0]?.user.token ?? "", "--server", platform.server];
    // Without the admin's certificate, which would win over the token.
    const asPerson = (...args: string[]) =>
      kubectl({ ...platform, kubeconfig: "/dev/null" }, ["--insecure-skip-tls-verify", ...credentials, ...args]).then(
        (text) => text.trim(),
        (error: Error) => error.message,
      );
    expect(await asPerson("get", "agentworkloads", "-n", namespace, "-o", "name")).toContain("kettle-prices");
    expect(await asPerson("get", "secrets", "-n", namespace)).toContain("Forbidden");
    expect(await asPerson("get", "agentworkloads", "-n", "tenant-demo")).toContain("Forbidden");
    expect(await asPerson("auth", "can-i", "create", "workflows.argoproj.io", "-n", namespace)).toContain("no");
  });

  it("changes nothing when it is run again", async () => {
    const again = await up(options());
    expect(again).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0, failures: [] });
  });

  it("leaves nothing behind, and the platform as it was", async () => {
    expect((await destroy(options())).failures).toEqual([]);
    expect(await get(platform, "namespace", namespace)).toBeUndefined();
    expect(await platformObjects()).toEqual(before);
  });
});
