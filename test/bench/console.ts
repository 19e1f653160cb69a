// Measures the console with its pages: 5,000 workloads, 50 viewers with open pages, of whom one is a real browser; memory, and what
// it asks of the API server while nothing changes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PATHS } from "../../console/contract.ts";
import type { Client } from "../../kube/client/client.ts";
import { buildPages, firstPageBytes } from "../integration/console/built-pages.ts";
import { openPage, startBrowser } from "../integration/console/shown-page.ts";
import { Browser } from "../integration/console/visitors.ts";
import { type Cluster, startCluster, until } from "../integration/operator/cluster.ts";
import { freePorts } from "../integration/ports.ts";
import { startConsoleProcess } from "./lib/console-process.ts";
import { finishedPair, loadClient, workloadsIn } from "./lib/load.ts";
import { median, p95 } from "./lib/statistics.ts";

const TENANTS = ["tenant-a", "tenant-b", "tenant-c", "tenant-d", "tenant-e"];
const WORKLOADS = Number(process.env.WORKLOADS ?? 5000);
const VIEWERS = Number(process.env.VIEWERS ?? 50);
const OPENINGS = 5;
const UPDATES = 40;
const IDLE_SECONDS = 30;

const say = (name: string, figure: string): void => console.log(`${name.padEnd(52)} ${figure}`);

/** Workloads that have completed, with their runs; several at once. */
async function fill(client: Client): Promise<void> {
  const names = Array.from({ length: WORKLOADS }, (_, i) => i);
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let i = names.pop(); i !== undefined; i = names.pop())
        await finishedPair(client, TENANTS[i % TENANTS.length] ?? "", `w-${i}`);
    }),
  );
}

/** Requests that the API server has answered, of everybody: it doesn't count them by who asks. */
async function requests(client: Client): Promise<number> {
  let text = "";
  for await (const chunk of client.bytes("/metrics")) text += chunk;
  return [...text.matchAll(/^apiserver_request_total\{.*\} (\S+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** Somebody with the list open, who reads what comes and nothing more. */
async function watchList(url: string, token: string, end: AbortSignal): Promise<void> {
  const browser = new Browser(url);
  await browser.send("POST", PATHS.tokenSignIn, { token });
  const { body } = await fetch(`${url}${PATHS.workloadsStream}`, { headers: { cookie: browser.cookie }, signal: end });
  const reader = body?.getReader();
  await reader?.read();
  const readOn = async () => {
    while (!(await reader?.read())?.done);
  };
  readOn().catch(() => undefined);
}

/** Opens the list anew, and says after how many milliseconds it shows rows and takes words to search for. */
async function openings(
  url: string,
  token: string,
): Promise<{ times: number[]; shown: Awaited<ReturnType<typeof openPage>> }> {
  const shown = await openPage(chromium, url);
  const { page } = shown;
  await page.goto("/");
  await page.getByLabel("Kubernetes token").fill(token);
  await page.keyboard.press("Enter");
  await page.locator("[data-index='0']").waitFor();
  const times: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const started = performance.now();
    await page.reload({ waitUntil: "commit" });
    await page.locator("[data-index='0']").waitFor();
    await page.getByRole("searchbox").fill("w-1");
    times.push(performance.now() - started);
    await page.getByRole("searchbox").fill("");
  }
  return { times, shown };
}

const cluster: Cluster = await startCluster();
const folder = mkdtempSync(join(tmpdir(), "bench-console-"));
const pages = await buildPages();
const chromium = await startBrowser();
const end = new AbortController();
try {
  for (const tenant of TENANTS) await cluster.tenant(tenant);
  const client = await loadClient(cluster);
  await fill(client);
  const tokens = await Promise.all(Array.from({ length: VIEWERS }, () => cluster.token("default", "load")));
  writeFileSync(join(folder, "key"), "a secret of which nobody knows anything");
  const [port = 0, checks = 0] = await freePorts(2);
  const server = await startConsoleProcess(cluster.kubeconfig, {
    PORT: String(port),
    CHECKS_PORT: String(checks),
    SESSION_KEY_FILE: join(folder, "key"),
    PAGES_DIR: pages,
    SIGN_INS_PER_MINUTE: "1000",
    LOG_LEVEL: "warn",
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await until(
      "the first list",
      () =>
        fetch(`http://127.0.0.1:${checks}/readyz`).then(
          ({ ok }) => ok || undefined,
          () => undefined,
        ),
      120_000,
    );
    say(`memory with ${WORKLOADS} workloads`, `${server.memory().now.toFixed(0)} MiB`);
    for (const token of tokens.slice(1)) await watchList(url, token, end.signal);
    const { times, shown } = await openings(url, tokens[0] ?? "");
    say("the first page, compressed", `${(firstPageBytes(pages) / 1000).toFixed(0)} kB (aim 250)`);
    say(
      "list opened → rows, and search takes words",
      `median ${median(times).toFixed(0)} ms, most ${Math.max(...times).toFixed(0)} ms (aim 1000)`,
    );

    const { page } = shown;
    await page.evaluate(`globalThis.seen = {}; new MutationObserver(() => {
      const says = document.querySelector(".says")?.textContent ?? "";
      globalThis.seen[says] ??= performance.timeOrigin + performance.now();
    }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
    const first = await page.locator("[data-index='0']").innerText();
    const path = `${TENANTS.map(workloadsIn)[Number(first.slice(2)) % TENANTS.length]}/${first}/status`;
    const updates: number[] = [];
    for (let i = 0; i < UPDATES; i++) {
      const message = `update ${i}`;
      const sent = performance.timeOrigin + performance.now();
      await client.patch(path, { status: { message } });
      const seen = await until(
        message,
        async () =>
          (await page.evaluate<number | null>(`globalThis.seen[${JSON.stringify(message)}] ?? null`)) ?? undefined,
      );
      updates.push(seen - sent);
    }
    say(
      "workload changed → on the screen",
      `median ${median(updates).toFixed(0)} ms, p95 ${p95(updates).toFixed(0)} ms (aim 1000)`,
    );
    say(
      `memory with ${VIEWERS} viewers`,
      `${server.memory().now.toFixed(0)} MiB, peak ${server.memory().peak.toFixed(0)} (aim 150)`,
    );

    const before = { requests: await requests(client), cpu: server.cpuSeconds() };
    await sleep(IDLE_SECONDS * 1000);
    // The second reading of the metrics is one of them.
    const count = (await requests(client)) - before.requests;
    say(
      `requests to the API server in ${IDLE_SECONDS} s without changes`,
      `${count}, processor ${(server.cpuSeconds() - before.cpu).toFixed(2)} s`,
    );
  } finally {
    await server.stop();
  }
} finally {
  end.abort();
  await chromium.close();
  await cluster.stop();
  rmSync(folder, { recursive: true });
  rmSync(pages, { recursive: true });
}
process.exit();
