// Pods that go, services that are away: work goes on where it was, and exit codes say what is worth a retry.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Analysis, isFetched, type RawHtml } from "../../../agents/core/documents.ts";
import { listen, type Running, writeSecrets } from "./services.ts";
import { type StepEnvironment, type StepRun, startStepEnvironment } from "./step-environment.ts";

let environment: StepEnvironment;
let slow: Running & { port: number };
let requestedPaths: string[] = [];
/** As many pages are answered after a moment, the others once `answerAll` is called: so a busy machine has a midway, too. */
let answered = Number.POSITIVE_INFINITY;
let { promise: released, resolve: answerAll } = Promise.withResolvers<void>();

beforeAll(async () => {
  environment = await startStepEnvironment();
  slow = await listen((request, response) => {
    const path = request.url ?? "";
    if (path === "/robots.txt") return response.writeHead(404).end();
    const isHeld = requestedPaths.push(path) > answered;
    const answer = () => response.writeHead(200, { "content-type": "text/html" }).end(`<h1>Page ${path}</h1>`);
    return isHeld ? released.then(answer) : setTimeout(answer, 150);
  });
});
afterAll(async () => {
  await Promise.all([environment[Symbol.asyncDispose](), slow.stop()]);
});
beforeEach(() => {
  requestedPaths = [];
  answered = Number.POSITIVE_INFINITY;
  ({ promise: released, resolve: answerAll } = Promise.withResolvers<void>());
});
// A test that failed midway leaves its service away for no other one.
afterEach(async () => {
  answerAll();
  environment.store.fail(undefined);
  environment.model.answerWith(undefined);
  await environment.postgres.resume();
});

const paths = ["/a", "/b", "/c", "/d", "/e", "/f"];
const slowEnv = (jobId: string) =>
  environment.env(jobId, {
    TARGET_URLS: JSON.stringify(paths.map((path) => slow.url + path)),
    ALLOWED_HOSTS: `${environment.site.host},127.0.0.1:${slow.port}`,
  });

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !condition(); i++) await sleep(25);
  expect(condition()).toBe(true);
}

const warnings = (run: StepRun) => run.log.filter(({ level }) => level === "warn").map(({ msg }) => msg);

describe("a pod that goes midway", () => {
  test("asked to go: it saves what it has, and the next fetches the rest, each URL once", async () => {
    const env = slowEnv("sigterm");
    answered = 2;
    const { child, exit } = environment.start("scrape", env);
    await until(() => requestedPaths.length === 3);
    child.kill("SIGTERM");
    answerAll();
    const first = await exit;
    expect(first.code).toBe(75);
    expect(first.log.at(-1)?.msg).toBe("step interrupted");
    expect(first.result).toBeUndefined();
    const last = {
      ATTEMPT: "1",
      LAST_STATUS: "Failed",
      LAST_EXIT_CODE: "75",
      LAST_MESSAGE: "main: Error (exit code 75)",
    };
    const second = await environment.run("scrape", { ...env, ...last });
    expect(second.code).toBe(0);
    expect(second.log[0]).toMatchObject({ kind: "transient", msg: "tried again, waiting before it begins" });
    expect(second.ms).toBeGreaterThanOrEqual(Number(second.log[0]?.waitMs));
    expect(second.log[1]?.beginning).toBe("resumed");
    expect(requestedPaths).toEqual(paths);
    expect(environment.json<RawHtml>("sigterm", "raw_html.json").pages.every(isFetched)).toBe(true);
  });

  test("killed without a word: what was saved is not fetched again", async () => {
    const env = slowEnv("sigkill");
    answered = 3;
    const { child, exit } = environment.start("scrape", env);
    await until(() => requestedPaths.length === 4);
    child.kill("SIGKILL");
    answerAll();
    await exit;
    const before = [...requestedPaths];
    const second = await environment.run("scrape", env);
    expect(second.code).toBe(0);
    // The page that was under way may have to be fetched again, and the one before it, which was being saved; those before them not.
    for (const path of paths.slice(0, 2))
      expect(requestedPaths.filter((requested) => requested === path)).toHaveLength(1);
    expect(new Set(requestedPaths)).toEqual(new Set(paths));
    expect(before).toHaveLength(4);
  });

  test("a finished step keeps no checkpoints, and so no page bodies, in the database", async () => {
    const url = new URL(environment.postgres.url);
    url.password = encodeURIComponent(environment.postgres.password);
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      const { rows } = await client.query(
        "SELECT thread_id FROM checkpoint_blobs UNION ALL SELECT thread_id FROM checkpoint_writes UNION ALL SELECT thread_id FROM checkpoints",
      );
      expect(rows).toEqual([]);
    } finally {
      await client.end();
    }
  });

  test("steps that start at the same time on a new database make its tables once", async () => {
    const runs = await Promise.all(
      ["p1", "p2", "p3"].map((jobId) => environment.run("scrape", environment.env(jobId))),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  });
});

/** The analysis of a job of its own. */
async function analyse(jobId: string): Promise<StepRun> {
  expect((await environment.run("scrape", environment.env(jobId))).code).toBe(0);
  return await environment.run("analysis", environment.env(jobId));
}

describe("a service that is away", () => {
  test("the object store, for a while: the step waits and finishes", async () => {
    environment.store.fail(503);
    const { exit, output } = environment.start("scrape", environment.env("store"));
    await until(() => output().includes("put s3://artifacts/job_store/raw_html.json failed, trying again"));
    environment.store.fail(undefined);
    expect((await exit).code).toBe(0);
  });

  test("the object store refuses: no retry, and the message names the Secret", async () => {
    environment.store.fail(403);
    const run = await environment.run("scrape", environment.env("refused"));
    expect(run.code).toBe(1);
    expect(run.log.at(-1)?.error).toMatch(/the object store refused \(AccessDenied\): check the Secret "object-store"/);
  });

  test("a bucket that does not exist is said to be missing", async () => {
    const run = await environment.run("scrape", environment.env("nobucket", { BUCKET: "no-such-bucket" }));
    expect(run.code).toBe(1);
    expect(run.log.at(-1)?.error).toMatch(/bucket "no-such-bucket" does not exist/);
  });

  test("the database, before and while a step runs: the step waits and finishes", async () => {
    await environment.postgres.pause();
    const { exit, output } = environment.start("scrape", slowEnv("database"));
    await until(() => output().includes("prepare checkpoints in Postgres failed, trying again"));
    answered = 2;
    await environment.postgres.resume();
    await until(() => requestedPaths.length === 3);
    await environment.postgres.pause();
    answerAll();
    await until(() => output().includes("write checkpoint in Postgres failed, trying again"));
    await environment.postgres.resume();
    expect((await exit).code).toBe(0);
    expect(requestedPaths).toEqual(paths);
  });

  test("the database refuses the password: no retry in this pod, which another one may have anew", async () => {
    const run = await environment.run(
      "scrape",
      environment.env("login", { POSTGRES_DSN: environment.postgres.url.replace("langgraph@", "nobody@") }),
    );
    expect([run.code, warnings(run)]).toEqual([75, []]);
    expect(run.log.at(-1)?.error).toMatch(/Postgres refused the agents' login .*check the Secret "postgres"/);
  });

  test("the database isn't there: the exit code says so to templates that know it", async () => {
    const dsn = environment.postgres.url.replace(/:\d+\//, ":1/");
    for (const [told, code] of [
      [{ LAST_STATUS: "" }, 69],
      [{}, 75],
    ] as const) {
      const env = environment.env("no-database", { POSTGRES_DSN: dsn, ...told });
      const run = await environment.run("scrape", env, { withinMs: 100 });
      expect([run.code, run.log.at(-1)?.error]).toEqual([code, expect.stringContaining("ECONNREFUSED")]);
    }
  });

  test("the database by the login that belongs to the Secret's password, whatever the run's parameters name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rotated-"));
    const secrets = writeSecrets(folder, {
      "object-store": { "access-key": "agent", "secret-key": "agent-secret" },
      postgres: { password: environment.postgres.password, user: "langgraph" },
    });
    const env = environment.env("rotated", {
      POSTGRES_DSN: environment.postgres.url.replace("langgraph@", "of-an-earlier-generation@"),
      SECRETS_DIR: secrets,
    });
    expect((await environment.run("scrape", env)).code).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test("the model: busy ones are asked again, refusals are not", async () => {
    expect((await environment.run("scrape", environment.env("model"))).code).toBe(0);
    const answers: (number | undefined)[] = [429, 503, undefined];
    environment.model.answerWith(() => answers.shift());
    const busy = await environment.run("analysis", environment.env("model"));
    // A busy machine may have another service asked again, too.
    const askedAgain = warnings(busy).filter((warning) => warning.startsWith("ask the model"));
    expect([busy.code, askedAgain.length]).toEqual([0, 2]);
    for (const [status, message, code] of [
      // Another pod may have another key.
      [401, /refused the key: check the Secret "litellm"/, 75],
      [403, /may not use model "default"/, 1],
      [400, /refused the question for model "default"/, 1],
    ] as const) {
      environment.model.answerWith(() => status);
      const run = await analyse(`model-${status}`);
      expect(run.code).toBe(code);
      expect(run.log.at(-1)?.error).toMatch(message);
    }
  });

  test("a model that answers beside the schema is asked once more, then not trusted", async () => {
    let failuresLeft = 1;
    environment.model.answerWith(() => (failuresLeft-- > 0 ? "I would rather talk about the weather." : undefined));
    const recovered = await analyse("model-mend");
    expect(recovered.code).toBe(0);
    expect(warnings(recovered).join()).toMatch(/can't be used, asking once more/);
    environment.model.answerWith(() => '{"summary": 1}');
    const unrecovered = await analyse("model-never");
    expect(unrecovered.code).toBe(1);
    expect(unrecovered.log.at(-1)?.error).toMatch(/model "default" gave no usable answer about page \d/);
  });

  test("a page that the model gives no answer about costs itself, and the analysis says why", async () => {
    environment.model.answerWith(() =>
      environment.model.requests.at(-1)?.includes(`<page url=\\"${environment.site.url}/about.html`)
        ? "No."
        : undefined,
    );
    const run = await analyse("model-page");
    expect(run.code).toBe(0);
    expect(environment.json<Analysis>("model-page", "analysis.json").pages).toHaveLength(2);
    expect(run.result?.findings?.map(({ text }) => text).join()).toMatch(
      /could not be read: model "default" gave no usable/,
    );
  });

  test("a missing secret is named", async () => {
    const run = await environment.run("analysis", environment.env("model", { SECRETS_DIR: "/nowhere" }));
    expect(run.code).toBe(1);
    expect(run.log.at(-1)?.error).toMatch(/\/nowhere\/\S+ is missing: the tenant's Secret/);
  });
});
