// Prometheus and Alertmanager as they are built here, with the configuration that the platform writes for them.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prometheusConfig, prometheusWebConfig } from "../../../components/observability/prometheus-config.ts";
import { alertmanagerConfig } from "../../../components/observability/routing.ts";
import { everyPart, scrapeTargets } from "../../../components/observability/scrape-targets.ts";
import { alertmanagerBuild, prometheusBuild, promtoolBuild } from "../../../embedded/images/recipes/telemetry.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { freePorts } from "../ports.ts";

const execute = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), "telemetry-"));
const children: ChildProcess[] = [];
let page: Server;

afterAll(async () => {
  for (const child of children) await ended(child);
  page?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Writes a file of the test's folder, and returns its path. */
function written(name: string, content: object): string {
  const file = join(dir, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

function start(program: string, args: string[]): ChildProcess {
  const child = spawn(program, args, { cwd: dir, stdio: "ignore" });
  children.push(child);
  return child;
}

/** Ends a program as the kubelet does. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await exit;
}

/** The answer of an API, as far as the tests look into it. */
interface Answer {
  data: { result: { value: [number, string] }[] };
}

const json = async <T = Answer>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

/** Asks until the answer has something, for a minute at most. */
const until = { timeout: 60_000, interval: 300 };

const none = { workflows: undefined, events: undefined };

describe("Prometheus", () => {
  let promtool: string;
  beforeAll(async () => {
    promtool = await ensureGoProgram(promtoolBuild());
  }, 1_200_000);

  test.each([
    ["with certificates", { workflows: "argo", events: "argo", tls: true }, "verified"],
    ["in clear text", { workflows: "builtin", events: "builtin", tls: false }, "unverified"],
    ["without kubelets", { tls: true }, "none"],
  ] as const)("takes its configuration, %s", async (name, parts, kubelets) => {
    const targets = scrapeTargets({ ...everyPart, ...none, ...parts });
    const { tls } = parts;
    const config = prometheusConfig({ targets, interval: 30, tls, alertmanager: true, jaeger: true, kubelets });
    const file = written(`${name}.json`, config);
    const { stdout } = await execute(promtool, ["check", "config", "--syntax-only", file]);
    expect(stdout).toContain("SUCCESS");
    const web = written(`${name}-web.json`, prometheusWebConfig(false));
    await execute(promtool, ["check", "web-config", web]);
  });

  test("scrapes a page, judges rules and sends what they find to Alertmanager", async () => {
    const [port = 0, alertPort = 0] = await freePorts(2);
    page = createServer((_, response) =>
      response.writeHead(200, { "content-type": "text/plain" }).end('agentic_test{tenant="demo"} 7\n'),
    );
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const address = page.address();
    const target = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const alertmanager = `127.0.0.1:${alertPort}`;
    const rules = written("rules.json", {
      groups: [{ name: "g", rules: [{ alert: "Seven", expr: "agentic_test == 7", labels: { team: "platform" } }] }],
    });
    const config = written("prometheus.json", {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: [rules],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
      scrape_configs: [{ job_name: "page", static_configs: [{ targets: [target] }] }],
    });
    const routing = written("alertmanager.json", alertmanagerConfig({ secrets: dir }));
    start(await ensureGoProgram(alertmanagerBuild()), [
      `--config.file=${routing}`,
      `--storage.path=${dir}/alertmanager`,
      `--web.listen-address=${alertmanager}`,
      "--cluster.listen-address=",
    ]);
    start(await ensureGoProgram(prometheusBuild()), [
      `--config.file=${config}`,
      `--storage.tsdb.path=${dir}/prometheus`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const ask = async (query: string) =>
      (await json(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)).data.result;
    await expect.poll(async () => (await ask("agentic_test").catch(() => []))[0]?.value[1], until).toBe("7");
    const alerts = async () =>
      (await json<{ labels: object }[]>(`http://${alertmanager}/api/v2/alerts`)).map(({ labels }) => labels);
    await expect
      .poll(async () => await alerts().catch(() => []), until)
      .toEqual([expect.objectContaining({ alertname: "Seven", team: "platform", tenant: "demo" })]);
  }, 1_200_000);

  test("keeps what it has over a restart, and drops what is older than it is to keep", async () => {
    const [port = 0] = await freePorts(1);
    const data = join(dir, "kept");
    const day = 86_400;
    const now = Math.floor(Date.now() / 1000);
    const [old, young] = [now - 20 * day, now - day];
    const samples = join(dir, "samples.om");
    writeFileSync(samples, `# TYPE kept gauge\nkept 1 ${old}\nkept 2 ${young}\n# EOF\n`);
    await execute(promtool, ["tsdb", "create-blocks-from", "openmetrics", samples, data]);
    const config = written("nothing.json", { scrape_configs: [] });
    const program = await ensureGoProgram(prometheusBuild());
    const value = async (time: number) => {
      const answer = await json(`http://127.0.0.1:${port}/api/v1/query?query=kept&time=${time}`).catch(() => undefined);
      return answer?.data.result[0]?.value[1];
    };
    const begin = (retention: string) =>
      start(program, [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        `--storage.tsdb.retention.time=${retention}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]);
    const first = begin("30d");
    await expect.poll(() => value(young), until).toBe("2");
    expect(await value(old)).toBe("1");
    await ended(first);
    begin("15d");
    await expect.poll(() => value(young), until).toBe("2");
    await expect.poll(() => value(old), until).toBeUndefined();
  });
});
