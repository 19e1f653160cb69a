// The console as it is deployed: by its port of this machine's loopback, signed in as a tenant's user.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { TENANT_USER_ACCOUNT } from "@agentic/api/names.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Artifact, CSRF_HEADER, PATHS, type Session, type WorkloadRow } from "../../../console/contract.ts";
import { get, type KubeObject, list } from "../../../embedded/cli/cluster.ts";
import { consoleAuthority } from "../../../embedded/cli/console.ts";
import { parseWorkload, runWorkload, type Workload } from "../../../embedded/cli/sample.ts";
import "../../child-coverage.ts";
import { authority, folder, origin, root, signInPage } from "./console-visit.ts";
import { namespace, platform } from "./platform.ts";
import { scraped, value } from "./prometheus.ts";

const space = "agentic-system";
let ca = "";
let cookie = "";
let sample: Workload;

interface Answer {
  status: number;
  cookie: string;
  body: string;
}

/** What the console answers; its certificate is checked. */
function ask(method: string, path: string, { body, as }: { body?: object; as?: string } = {}): Promise<Answer> {
  const headers = { [CSRF_HEADER]: "1", "content-type": "application/json", ...(as ? { cookie: as } : {}) };
  return new Promise((resolve, reject) => {
    request(`${origin}${path}`, { method, ca, headers, timeout: 30_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (data) => {
        text += data;
      });
      const [sent = ""] = answer.headers["set-cookie"] ?? [];
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, cookie: sent.split(";")[0] ?? "", body: text }));
    })
      .on("error", reject)
      .end(body && JSON.stringify(body));
  });
}

const json = async <T>(path: string): Promise<T> => JSON.parse((await ask("GET", path, { as: cookie })).body) as T;

/** The code of the page that a command prints. */
const codeOf = async (...command: [string, ...string[]]): Promise<string> =>
  new URLSearchParams((await signInPage(...command)).hash.slice(1)).get("code") ?? "";

beforeAll(async () => {
  ca = await consoleAuthority(platform);
  writeFileSync(authority, ca);
  const file = join(root, "examples/visual-analysis.yaml");
  const all = await list<Workload>(platform, "agentworkloads", namespace);
  // Any test's that has ended will do.
  sample =
    all.find(({ status }) => status?.phase === "Completed" && status.workflowArtifacts?.report) ??
    (await runWorkload(platform, parseWorkload(readFileSync(file, "utf8"), file), () => {}));
});

afterAll(() => rmSync(folder, { recursive: true }));

it("answers with its page, and tells nobody anything who isn't signed in", async () => {
  expect(await ask("GET", "/")).toMatchObject({ status: 200, body: expect.stringContaining("<!doctype html>") });
  expect(JSON.parse((await ask("GET", PATHS.session)).body)).toEqual({
    signedIn: false,
    ways: { token: true, demo: true },
  });
  const { metadata } = sample;
  for (const path of [PATHS.workloads, PATHS.workload(namespace, metadata.name), PATHS.platform])
    expect((await ask("GET", path)).status, path).toBe(401);
});

it("signs the tenant's user in by the code that make console prints, once", async () => {
  const code = await codeOf("embedded/cli/main.ts", "console");
  const first = await ask("POST", PATHS.codeSignIn, { body: { code } });
  expect(first.status, first.body).toBe(200);
  ({ cookie } = first);
  const session = await json<Session>(PATHS.session);
  expect(session).toMatchObject({
    signedIn: true,
    user: `system:serviceaccount:${namespace}:${TENANT_USER_ACCOUNT}`,
    tenants: [{ namespace, see: true, submit: true, approve: false }],
  });
  expect((await ask("POST", PATHS.codeSignIn, { body: { code } })).status).toBe(401);
});

it("signs in by the code that agentic open prints, too", async () => {
  const code = await codeOf("cli/main.ts", "open", "--print", "-n", namespace, "--account", TENANT_USER_ACCOUNT);
  expect((await ask("POST", PATHS.codeSignIn, { body: { code } })).status).toBe(200);
});

it("shows a workload, and its report out of the object store", async () => {
  const { name } = sample.metadata;
  const rows = await json<WorkloadRow[]>(PATHS.workloads);
  expect(rows.find((row) => row.name === name)).toMatchObject({ namespace, phase: "Completed" });
  const artifacts = await json<Artifact[]>(PATHS.artifacts(namespace, name));
  const report = artifacts.find((artifact) => artifact.name === "report");
  const { status, body } = await ask("GET", PATHS.artifact(namespace, name, report?.step ?? "", "report"), {
    as: cookie,
  });
  expect([status, body.slice(0, 2)]).toEqual([200, "# "]);
});

it("is where the operator's messages lead to", async () => {
  const operator = await get<KubeObject & { spec: unknown }>(platform, "deployment", "agentic-operator", space);
  expect(JSON.stringify(operator?.spec)).toContain(`{"name":"CONSOLE_URL","value":"${origin}"}`);
});

it("is seen by Prometheus", async () => {
  await expect.poll(() => value("agentic_console_api_server_available"), scraped).toBe(1);
});
