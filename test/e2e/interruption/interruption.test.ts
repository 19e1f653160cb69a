// `make up` ended in every way at points of all its stages and run again: it goes on from there, ends right, and leaves nothing.
// INTERRUPTIONS=n ends it at n points more, drawn from all of its time.
import { globSync, mkdirSync, statSync, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stateNamespace } from "../../../embedded/deploy/names.ts";
import { run } from "../../../embedded/node/host.ts";
import { stateDir } from "../../../embedded/node/paths.ts";
import { Command, leftovers, OwnCache } from "./command.ts";

const instance = "test-cut-off";
const more = Number(process.env.INTERRUPTIONS ?? 0);
let cache: OwnCache;
let env: Record<string, string>;

const up = () => new Command("up", env);
const printed = (line: RegExp) => (command: Command) => () => command.lines.some((text) => line.test(text));
const endings = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const;

beforeAll(async () => {
  const goCache = (await run("go", ["env", "GOCACHE"])).trim();
  cache = new OwnCache();
  // One to compile before the node, one after the report; an image and its layer to write.
  cache.without("go/*/coredns");
  cache.without("go/*/registry");
  cache.without("images/workflow-engine-*.image.tar");
  cache.without("layers/embedded-engine-program-*.json");
  env = { INSTANCE: instance, XDG_CACHE_HOME: cache.home, GOCACHE: goCache };
  await new Command("clean", env).exit;
});

afterAll(async () => {
  await new Command("clean", env).exit;
  cache?.remove();
});

/** A point of `make up`: what shows that it has come so far, how it is ended then, and whether `make down` comes next. */
interface Point {
  stage: string;
  stageReached: (command: Command) => () => boolean;
  /** Milliseconds after that. */
  after?: number;
  signal: NodeJS.Signals;
  down?: true;
}

/** Something in a folder of the cache that is being made: it may be there for a few milliseconds only. */
const making = (folder: string, name: RegExp) => () => {
  mkdirSync(cache.path(folder), { recursive: true });
  let reached = false;
  const watcher = watch(cache.path(folder), (_event, file) => {
    if (!file || !name.test(file)) return;
    reached = true;
    watcher.close();
  });
  return () => reached;
};
const record = () => statSync(stateDir(instance, "running.json"), { throwIfNoEntry: false })?.mtimeMs;
const launched = () => {
  const before = record();
  return () => ![before, undefined].includes(record());
};

const points: Point[] = [
  { stage: "an image's layer is written", stageReached: making("layers", /\.partial$/), signal: "SIGKILL", down: true },
  { stage: "a program is compiled", stageReached: making("tmp", /^go-/), after: 700, signal: "SIGINT", down: true },
  {
    stage: "the node's folder is written",
    stageReached: printed(/Caches: /),
    after: 50,
    signal: "SIGTERM",
    down: true,
  },
  { stage: "the node is launched", stageReached: launched, signal: "SIGKILL" },
  { stage: "the node gets ready", stageReached: launched, after: 2000, signal: "SIGHUP", down: true },
  { stage: "images are imported", stageReached: printed(/Node: ready/), after: 500, signal: "SIGTERM" },
  { stage: "the platform is half there", stageReached: printed(/Image import: /), after: 4000, signal: "SIGINT" },
  { stage: "it is half there again", stageReached: printed(/Image import: /), after: 5000, signal: "SIGKILL" },
  { stage: "the workload runs", stageReached: printed(/Sample site: /), after: 2500, signal: "SIGKILL" },
  { stage: "signatures come next", stageReached: printed(/The report is ready/), after: 800, signal: "SIGTERM" },
];

/** Ends `make down` with nothing left of the instance but its data. */
async function down(): Promise<void> {
  const command = new Command("down", env);
  expect(await command.exit, command.text).toBe(0);
  expect(await leftovers(instance, cache, { isDown: true })).toEqual([]);
}

/** Lets a command run to its end, which is a right one: the report, and nothing left but what runs. */
async function end(command: Command): Promise<void> {
  expect(await command.exit, command.text).toBe(0);
  expect(command.text).toMatch(/Workload tenant-demo\/kettles: Completed/);
  expect(command.text).toContain("# Compare the kettles");
  expect(await leftovers(instance, cache)).toEqual([]);
  const args = ["--kubeconfig", stateDir(instance, "kubeconfig"), "get", "leases", "-n", stateNamespace, "-o", "name"];
  const [kubectl = ""] = globSync("go/node-*/kubectl", { cwd: cache.path() });
  const leases = (await run(cache.path(kubectl), args)).trim().split("\n");
  expect(leases.filter((name) => !name.includes("/apiserver-"))).toEqual([]);
}

describe("make up", () => {
  test.each(points)("is ended by $signal while $stage", async ({ stageReached, after = 0, signal, down: thenDown }) => {
    const command = up();
    await command.until(stageReached(command));
    await sleep(after);
    expect(command.isRunning, command.text).toBe(true);
    await command.end(signal);
    if (thenDown) await down();
  });

  test("goes on from there to the report while another one waits, and leaves nothing of what was cut off", async () => {
    const command = up();
    await command.until(printed(/Room: /)(command));
    const second = up();
    await second.until(printed(/is bringing instance 'test-cut-off' up: waiting until it ends/)(second));
    await second.end("SIGTERM");
    await end(command);
    // The program that checks signatures was not compiled yet: this is the first run still, and the report comes before it.
    expect(command.text).toMatch(/The report is ready.*\n(.*\n)*.*Signed images: \d+ pushed/);
  });

  if (more > 0)
    test(`is ended at ${more} points more, drawn from all of its time`, async () => {
      // Park and Miller's generator: the same points each time.
      let seed = 20_261_128;
      const random = () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed / 2_147_483_647;
      };
      for (let i = 0; i < more; i++) {
        if (i % 4 === 0) await new Command("clean", env).exit;
        const command = up();
        const [delay, signal] = [random() * 35_000, endings[Math.floor(random() * endings.length)] ?? "SIGKILL"];
        await Promise.race([command.exit, sleep(delay)]);
        console.log(`${signal} after ${(delay / 1000).toFixed(1)} s: ${command.lines.at(-1) ?? "nothing said"}`);
        await command.end(signal);
        if (i % 3 === 0) await down();
        if (i % 5 === 4) await end(up());
      }
      await end(up());
    });

  test("is ended by make down, which leaves nothing", async () => {
    const command = up();
    await command.until(printed(/Image import: /)(command));
    await down();
    expect([143, 1]).toContain(await command.exit);
  });
});
