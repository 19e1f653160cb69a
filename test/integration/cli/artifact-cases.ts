// A workload's artifacts and report by the command line, through a real console, as an account with a tenant's role.
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { podName } from "@agentic/api/pod-names.ts";
import { annotations, labels } from "@agentic/engine/core/names.ts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { readConfig } from "../../../console/config.ts";
import { type RunningConsole, startConsole } from "../../../console/console.ts";
import type { Workflow } from "../../../operator/argo.ts";
import { EYES, type GatePeople, TWO } from "../../attack/gate-people.ts";
import { startObjectStore } from "../agents/object-store.ts";
import { agentic, type People, type Run, terminal } from "./people.ts";

const REPORT = "# Kettles\n\n| Name | Price |\n| --- | --- |\n| Red \\*one\\* | 20 |\n";
const PICTURE = Buffer.from([137, 80, 78, 71, 0, 255]);

/** Declares the tests; what they act on is there once they run. */
export function artifactCases(scene: () => { tenants: GatePeople; people: People }): void {
  describe("artifacts and report", () => {
    let store: Awaited<ReturnType<typeof startObjectStore>>;
    let running: RunningConsole;
    let name = "";
    let workload: AgentWorkload;
    let workflow: Workflow;
    let runName = "";
    let logs = "";
    let url = "";
    let objects: Map<string, Buffer>;
    beforeAll(async () => {
      store = await startObjectStore();
      ({ objects } = store);
      const { tenants, people } = scene();
      const key = people.file("session-key", "a secret of which nobody knows anything");
      const index = people.file("index.html", "<!doctype html><title>Console</title>");
      const config = {
        ...readConfig({ SESSION_KEY_FILE: key, PAGES_DIR: index.replace(/\/index\.html$/, "") }),
        ...{ port: 0, checksPort: 0 },
        store: { url: store.url, accessKey: "agent", secretKey: "s" },
      };
      const { cluster } = tenants;
      running = await startConsole(config, cluster.connection, pino({ level: "silent" }));
      await running.synced;
      url = `http://127.0.0.1:${running.port}`;
      workload = await tenants.submit("sam", TWO);
      ({ name } = workload.metadata);
      const run = await cluster.runOf(workload);
      workflow = run;
      runName = run.metadata.name;
      const artifacts = Object.fromEntries(
        ["report.md", "screenshots/0.png"].map((file) => [
          file === "report.md" ? "report" : "screenshot_0",
          `s3://artifacts/job_${name}/${file}`,
        ]),
      );
      objects.set(`artifacts/job_${name}/report.md`, Buffer.from(REPORT));
      objects.set(`artifacts/job_${name}/screenshots/0.png`, PICTURE);
      const outputs = { parameters: [{ name: "result", value: JSON.stringify({ artifacts }) }] };
      const ended = { phase: "Succeeded", finishedAt: "2026-01-01T00:00:09Z" };
      await cluster.play(run, {
        analysis: { ...ended, startedAt: "2026-01-01T00:00:01Z" },
        synthesis: { ...ended, startedAt: "2026-01-01T00:00:02Z", outputs },
      });
      const status = await tenants.statusOf(workload, (seen) => Boolean(seen.workflowArtifacts?.report && seen.logs));
      logs = status.logs?.replace("s3://", "") ?? "";
    });
    afterAll(async () => {
      await running?.stop();
      await store?.stop();
    });

    /** The environment of the account `tenant-user` of the namespace, which has a token of its own. */
    async function environment(namespace = TWO): Promise<NodeJS.ProcessEnv> {
      const { tenants, people } = scene();
      const config = parse(readFileSync(tenants.cluster.kubeconfig, "utf8"));
      config.users[0].user = { token: await tenants.cluster.token(namespace, "tenant-user") };
      config.contexts[0].context.namespace = namespace;
      return { KUBECONFIG: people.file(`token-${namespace}`, stringify(config)), AGENTIC_CONSOLE: url };
    }
    const run = async (args: string[], { namespace = TWO, env = {} } = {}): Promise<Run> =>
      await agentic(args, { ...(await environment(namespace)), ...env });

    test("are listed, for people and for programs", async () => {
      const listed = await run(["artifacts", "list", name]);
      expect([listed.code, listed.err]).toEqual([0, ""]);
      expect(listed.out).toMatch(/^STEP +NAME +BYTES +TYPE +ADDRESS\n/);
      expect(listed.out).toMatch(
        new RegExp(`^run +report +- +text/\\S+ +s3://artifacts/job_${name}/report\\.md$`, "m"),
      );
      const { out } = await run(["artifacts", "list", name, "-o", "json"]);
      expect(
        JSON.parse(out)
          .map((each: { name: string }) => each.name)
          .sort(),
      ).toEqual(["report", "screenshot_0"]);
    });

    test("are fetched as they are, into a pipe or a file", async () => {
      expect(await run(["artifacts", "get", name, "report"])).toEqual({ code: 0, out: REPORT, err: "" });
      const path = scene().people.file("0.png", "");
      expect(await run(["artifacts", "get", name, "screenshot_0", "--to", path])).toEqual({
        code: 0,
        out: "",
        err: "",
      });
      expect(readFileSync(path)).toEqual(PICTURE);
      const none = await run(["artifacts", "get", name, "nothing"]);
      expect(none).toMatchObject({
        code: 1,
        err: expect.stringMatching(/has no artifact nothing\n.*it has .*report/s),
      });
      expect(await run(["report", name])).toEqual({ code: 0, out: REPORT, err: "" });
      expect((await run(["report", name, "--html"])).out).toMatch(/<h1>Kettles<\/h1>.*<td>Red \*one\*<\/td>/s);
    });

    test("are a page of HTML with the run's own pictures in it", async () => {
      const key = `artifacts/job_${name}/report.md`;
      objects.set(key, Buffer.from(`${REPORT}\nScreenshot: \`s3://artifacts/job_${name}/screenshots/0.png\`\n`));
      const { out } = await run(["report", name, "--html"]);
      objects.set(key, Buffer.from(REPORT));
      expect(out).toContain(`<img src="data:image/png;base64,${PICTURE.toString("base64")}" alt="Screenshot">`);
    });

    test("are shown for reading on a terminal", async () => {
      const shown = await terminal(`agentic report ${name}`, await environment());
      expect(stripVTControlCharacters(shown.out).replaceAll("\r", "")).toBe(
        "Kettles\n\nName        Price\nRed *one*   20\n",
      );
      const picture = await terminal(`agentic artifacts get ${name} screenshot_0`, await environment());
      expect([picture.code, picture.out]).toEqual([1, expect.stringContaining("write it into a file by --to")]);
    });

    const logOf = (step: string) =>
      `${logs}/${podName(runName, `${runName}.${step}`, step.replace(/\(\d+\)$/, ""))}/main.log`;

    test("of pods that are gone, kept logs are read, in the order of the steps' start", async () => {
      objects.set(logOf("analysis"), Buffer.from("asked\n\u001b[31manswered\nended"));
      expect(await run(["logs", name])).toEqual({
        code: 0,
        out: "analysis asked\nanalysis [31manswered\nanalysis ended\n",
        err: expect.stringMatching(/^agentic: synthesis: the object isn't in the store.*\n$/),
      });
      objects.set(logOf("synthesis"), Buffer.from("one\ntwo\n"));
      expect(await run(["logs", name, "--tail", "1"])).toEqual({
        code: 0,
        out: "analysis ended\nsynthesis two\n",
        err: "",
      });
      expect(await run(["logs", name, "synthesis", "--follow"])).toEqual({ code: 0, out: "one\ntwo\n", err: "" });
      expect(await run(["logs", name, "synthesis", "--tail", "0"])).toEqual({ code: 0, out: "", err: "" });
      expect(await run(["logs", name, "scrape"])).toMatchObject({
        code: 1,
        err: expect.stringContaining("it has those of analysis, synthesis"),
      });
    });

    test("of pods that are gone, kept logs are nobody's who may not see the workload, and need the console", async () => {
      const other = await run(["logs", name, "-n", TWO], { namespace: EYES });
      expect([other.code, other.out]).toEqual([1, ""]);
      const nowhere = await run(["logs", name], { env: { AGENTIC_CONSOLE: "" } });
      expect(nowhere).toMatchObject({ code: 1, out: "" });
      expect(nowhere.err).toMatch(
        /^agentic: the pods of analysis, synthesis are gone: only the console .*\nagentic: .* give --console https:/,
      );
    });

    test("of a pod that is there, the log is asked of it, beside the kept ones of others", async () => {
      const { client } = scene().tenants.cluster;
      const pod = podName(runName, `${runName}.synthesis`, "synthesis");
      const path = `/api/v1/namespaces/${TWO}/pods`;
      await client.create(path, {
        metadata: {
          name: pod,
          labels: { [labels.workflow]: runName },
          annotations: { [annotations.nodeName]: `${runName}.synthesis` },
        },
        spec: { containers: [{ name: "main", image: "registry.local/agents:1" }] },
      });
      // No kubelet has taken it.
      const waits = "agentic: synthesis has no log yet\n";
      const all = await run(["logs", name]);
      expect(all).toEqual({ code: 0, out: expect.stringMatching(/^analysis asked\n/), err: waits });
      const there = await run(["logs", name], { env: { AGENTIC_CONSOLE: "" } });
      expect(there).toMatchObject({ code: 0, out: "", err: expect.stringContaining(waits) });
      await client.delete(`${path}/${pod}`, { gracePeriodSeconds: 0 });
    });

    test("of a run whose Workflow is gone, kept logs are chosen by step from what is in the workload's own folder", async () => {
      const { tenants } = scene();
      const { client, finish, workflowPath } = tenants.cluster;
      await finish(workflow, "Succeeded");
      await tenants.statusOf(workload, ({ phase }) => phase === "Completed");
      // A step wrote it that isn't the run's, and another workload's log lies beside the own ones.
      objects.set(`${logs}/somebody-else-1/main.log`, Buffer.from("not its own\n"));
      objects.set(`artifacts/job_${name}/logs/another/${runName}-analysis-1/main.log`, Buffer.from("another's\n"));
      objects.set(logOf("scrape(1)"), Buffer.from("read again\n"));
      await client.delete(workflowPath(workflow));
      await expect
        .poll(async () => (await run(["logs", name, "nothing"])).err, { timeout: 30_000 })
        .toMatch(/has no pod of a step nothing\nit has those of (analysis|synthesis|scrape\(1\)|, ){5}\n$/);
      expect(await run(["logs", name, "scrape"])).toEqual({ code: 0, out: "read again\n", err: "" });
      const all = await run(["logs", name, "--tail", "1"]);
      expect(all.out.trim().split("\n").sort()).toEqual(["analysis ended", "scrape(1) read again", "synthesis two"]);
      const other = await run(["logs", name, "-n", TWO], { namespace: EYES });
      expect([other.code, other.out]).toEqual([1, ""]);
      const nowhere = await run(["logs", name, "scrape"], { env: { AGENTIC_CONSOLE: "" } });
      expect(nowhere).toMatchObject({
        code: 1,
        err: expect.stringContaining("the console reads them: give --console"),
      });
    });

    test("are nobody's who may not see the workload, or whom the console doesn't know", async () => {
      const other = await run(["artifacts", "get", name, "report", "-n", TWO], { namespace: EYES });
      expect([other.code, other.out]).toEqual([1, ""]);
      expect(other.err).toMatch(/^agentic: /);
      const { people } = scene();
      const person = await agentic(["report", name], {
        KUBECONFIG: people.kubeconfig("sam", TWO),
        AGENTIC_CONSOLE: url,
      });
      expect(person).toMatchObject({ code: 1, out: "", err: expect.stringContaining("has no token") });
      const nowhere = await run(["report", name], { env: { AGENTIC_CONSOLE: "" } });
      expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining("give --console https://") });
      const away = await run(["report", name, "--console", "http://127.0.0.1:1"]);
      expect(away).toMatchObject({
        code: 1,
        err: expect.stringContaining("the console at http://127.0.0.1:1 can't be reached"),
      });
    });
  });
}
