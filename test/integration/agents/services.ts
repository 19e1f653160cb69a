// The services that agents need, as real as one machine has them: Postgres, Chromium, the offline model, an object store.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as ws from "ws";
import { createFront } from "../../../components/data/browserless/front/front.ts";
import type { Limits } from "../../../components/data/browserless/front/shares.ts";
import { freePort } from "../ports.ts";

export interface Running {
  url: string;
  stop(): Promise<void>;
}

/** Debian's "nobody": Postgres and Chromium both refuse, or weaken themselves, for root. */
const NOBODY = 65534;

export async function listen(handler: RequestListener): Promise<Running & { server: Server; port: number }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const isEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (isEnded(child)) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exit;
}

/** Resolves with the first match in the child's output. */
function outputMatch(child: ChildProcess, pattern: RegExp, name: string): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = "";
    const search = (chunk: Buffer) => {
      output += chunk.toString();
      const match = pattern.exec(output);
      if (match) resolve(match);
    };
    child.stdout?.on("data", search);
    child.stderr?.on("data", search);
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${output.slice(-2000)}`)));
    child.once("error", reject);
  });
}

function folder(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `agents-${name}-`));
  if (process.getuid?.() === 0) chownSync(dir, NOBODY, NOBODY);
  return dir;
}

const asNobody = () => (process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {});

/** A database server of our own on loopback, thrown away at the end. It ends with this process, however that ends. */
export async function startPostgres(): Promise<
  Running & { password: string; pause(): Promise<void>; resume(): Promise<void> }
> {
  const version = readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a))[0];
  if (!version) throw new Error("Postgres is missing: apt-get install postgresql");
  const bin = `/usr/lib/postgresql/${version}/bin`;
  const dir = folder("pg");
  const password = "it's a secret";
  const passwordFile = join(dir, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const data = join(dir, "data");
  execFileSync(
    join(bin, "initdb"),
    [
      "-D",
      data,
      "-U",
      "langgraph",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--no-sync",
      "-E",
      "UTF8",
      "--locale=C",
    ],
    { ...asNobody(), cwd: dir, stdio: "pipe" },
  );
  const port = await freePort();
  const run = async () => {
    const child = spawn(
      "setpriv",
      [
        ...["--pdeathsig", "QUIT", join(bin, "postgres")],
        ...["-D", data, "-p", String(port), "-k", dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
      ],
      { ...asNobody(), cwd: dir, stdio: "pipe" },
    );
    await outputMatch(child, /ready to accept connections/, "postgres");
    return child;
  };
  let child = await run();
  return {
    url: `postgresql://langgraph@127.0.0.1:${port}/postgres`,
    password,
    // Immediate shutdown, as when its node is lost.
    pause: () => endProcess(child, "SIGQUIT"),
    resume: async () => {
      if (isEnded(child)) child = await run();
    },
    stop: async () => {
      await endProcess(child, "SIGQUIT");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * The browser service as agents find it: its front, with a browser that all connections share, and that browser's own address. Without
 * the platform's flags the browser would reach more, so that it shows what agents themselves hold back.
 */
export async function startBrowsers(
  tokens: readonly { tenant: string; token: string }[],
  limits: Limits = { concurrency: 10, tenantConcurrency: 10, queue: 10 },
  options: ChromiumOptions = {},
): Promise<Running & { browserUrl: string }> {
  const chromium = await startChromium(options);
  const { server: front } = createFront({ tokens, browserUrl: chromium.url, ws, ...limits });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${(front.address() as AddressInfo).port}`,
    browserUrl: chromium.url,
    stop: async () => {
      front.close();
      await chromium.stop();
    },
  };
}

export interface ChromiumOptions {
  flags?: readonly string[];
  /** `chromium` is the whole browser with its windows, as in upstream's image. Default: the shell of the built image, a quarter of the work. */
  program?: "chromium" | "chromium-headless-shell";
}

/** Debian's command of the shell is a script that waits for the program, and that alone would be ended. */
const programs = { chromium: "chromium", "chromium-headless-shell": "/usr/lib/chromium/chromium-headless-shell" };

/** A browser that is asked over CDP; any token will do. It ends with this process, however that ends. */
export async function startChromium({
  flags = [],
  program = "chromium-headless-shell",
}: ChromiumOptions = {}): Promise<Running> {
  const dir = folder("chromium");
  const child = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", programs[program]],
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--hide-scrollbars",
      "--remote-debugging-port=0",
      `--user-data-dir=${join(dir, "profile")}`,
      ...flags,
      "about:blank",
    ],
    {
      ...asNobody(),
      cwd: dir,
      env: { ...process.env, HOME: dir, XDG_CONFIG_HOME: dir, XDG_CACHE_HOME: dir },
      stdio: "pipe",
    },
  );
  const [, url = ""] = await outputMatch(child, /DevTools listening on (ws:\/\/\S+)/, "chromium");
  return {
    url,
    stop: async () => {
      await endProcess(child, "SIGKILL");
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The offline model as a process that answers one question a line. It reads a picture once: pages are shown again and again. */
const modelScript = `
import functools, json, sys
sys.path.insert(0, "components/data/litellm")
import answer, pictures
pictures.read = functools.cache(pictures.read)
for line in sys.stdin:
    question = json.loads(line)
    try:
        reply = {"content": answer.answer(question["messages"], question.get("response_format"))}
    except Exception as error:
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
`;

function startModelProcess() {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "python3", "-B", "-c", modelScript], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting: ((answer: { content?: string; error?: string }) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.(JSON.parse(line)));
  return {
    async ask(question: string): Promise<string> {
      const answer = new Promise<{ content?: string; error?: string }>((resolve) => waiting.push(resolve));
      child.stdin.write(`${JSON.stringify(JSON.parse(question))}\n`);
      const { content, error } = await answer;
      if (content === undefined) throw new Error(`the offline model: ${error}`);
      return content;
    },
    stop: () => endProcess(child, "SIGKILL"),
  };
}

/** The offline model behind just enough of the OpenAI API. */
export async function startOfflineModel(): Promise<
  Running & {
    requests: string[];
    /** Has an HTTP status, a text or a whole message answer instead of the model; where it gives none, the model does. */
    answerWith(next: (() => unknown) | undefined): void;
  }
> {
  const requests: string[] = [];
  let override: (() => unknown) | undefined;
  const model = startModelProcess();
  const running = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const body = Buffer.concat(chunks).toString();
      requests.push(body);
      const reply = (status: number, value: unknown) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      if (request.headers.authorization !== "Bearer sk-tenant")
        return reply(401, { error: { message: "unknown key" } });
      const other = override?.();
      if (typeof other === "number") return reply(other, { error: { message: `status ${other}` } });
      const message =
        typeof other === "object" && other !== null
          ? other
          : { content: typeof other === "string" ? other : await model.ask(body) };
      reply(200, {
        id: "x",
        object: "chat.completion",
        created: 1,
        model: "default",
        choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", ...message } }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      });
    });
  });
  return {
    ...running,
    requests,
    answerWith: (next) => {
      override = next;
    },
    stop: async () => {
      await Promise.all([running.stop(), model.stop()]);
    },
  };
}

/** The tenant's secrets as the template mounts them. */
export function writeSecrets(dir: string, secrets: Record<string, Record<string, string>>): string {
  for (const [name, entries] of Object.entries(secrets)) {
    mkdirSync(join(dir, name), { recursive: true });
    for (const [key, value] of Object.entries(entries)) writeFileSync(join(dir, name, key), `${value}\n`);
  }
  return dir;
}
