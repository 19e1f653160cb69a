// The console against a real API server and operator, and people who come to it with tokens of their own.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { pino } from "pino";
import { type Config, readConfig } from "../../../console/config.ts";
import { type RunningConsole, startConsole } from "../../../console/console.ts";
import { CSRF_HEADER, type GateView, type ListEvents, PATHS, type WorkloadRow } from "../../../console/contract.ts";
import { startGatePeople } from "../../attack/gate-people.ts";
import { until } from "../operator/cluster.ts";

/** Everybody with a token; `olga` is a member of no tenant. */
const PEOPLE = ["sam", "tara", "ann", "bob", "olga"];
export const tokenOf = (name: string): string => `token-of-${name}`;

export type Audit = Record<string, unknown>;
export type ConsoleScene = Awaited<ReturnType<typeof startConsoleScene>>;

/** @param pages the folder of the built pages; without it, there is one without content */
export async function startConsoleScene(pages?: string) {
  const folder = mkdtempSync(join(tmpdir(), "console-"));
  const tokens = join(folder, "tokens.csv");
  writeFileSync(tokens, PEOPLE.map((name) => `${tokenOf(name)},${name},${name},"reviewers"\n`).join(""));
  writeFileSync(join(folder, "key"), "a secret of which nobody knows anything");
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Console</title>");
  const tenants = await startGatePeople({ flags: [`--token-auth-file=${tokens}`] });
  const running: RunningConsole[] = [];
  const audits: Audit[] = [];
  const lines: string[] = [];
  const scene = {
    tenants,
    audits,
    /** Everything that the consoles have logged. */
    lines,

    /** A console with these settings, which finds the API server at this address. */
    async console(
      settings: Partial<Config> = {},
      server = tenants.cluster.url,
    ): Promise<{ url: string; port: number; stop: () => Promise<void> }> {
      const env = { SESSION_KEY_FILE: join(folder, "key"), PAGES_DIR: pages ?? folder };
      const config = { ...readConfig(env), port: 0, checksPort: 0, ...settings };
      const log = pino({ level: "info" }, { write: (line: string) => heard(line) });
      const started = await startConsole(config, { ...tenants.cluster.connection, server }, log);
      await started.synced;
      running.push(started);
      return { url: `http://127.0.0.1:${started.port}`, port: started.port, stop: () => started.stop() };
    },

    async stop(): Promise<void> {
      await Promise.all(running.map((one) => one.stop().catch(() => undefined)));
      await tenants.stop();
      rmSync(folder, { recursive: true });
    },
  };
  function heard(line: string): void {
    lines.push(line);
    const { audit } = JSON.parse(line) as { audit?: Audit };
    if (audit) audits.push(audit);
  }
  return scene;
}

/** A browser: keeps the cookie, and sends what a page of the console would. */
export class Browser {
  readonly url: string;
  cookie = "";

  constructor(url: string) {
    this.url = url;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        [CSRF_HEADER]: "1",
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie) this.cookie = cookie.split(";")[0] ?? "";
    return answer;
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await (await this.send(method, path, body)).json()) as T;
  }

  async signIn(name: string): Promise<this> {
    const { status } = await this.send("POST", PATHS.tokenSignIn, { token: tokenOf(name) });
    if (status !== 200) throw new Error(`sign-in: ${status}`);
    return this;
  }

  gate({ metadata }: AgentWorkload): Promise<GateView> {
    return this.json("GET", PATHS.gate(metadata.namespace ?? "", metadata.name));
  }
}

type Event = { [E in keyof ListEvents]: { event: E; data: ListEvents[E] } }[keyof ListEvents];

/** The events of the list's stream, one by one. */
export async function* eventsOf(browser: Browser, signal: AbortSignal): AsyncGenerator<Event> {
  const answer = await fetch(`${browser.url}${PATHS.workloadsStream}`, { headers: { cookie: browser.cookie }, signal });
  let text = "";
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const match = /^event: (.+)\ndata: (.+)$/.exec(text.slice(0, end));
      text = text.slice(end + 2);
      if (match) yield { event: match[1], data: JSON.parse(match[2] ?? "") } as Event;
    }
  }
}

/** The path of the workload or of something of it. */
export const pathOf = ({ metadata }: AgentWorkload, path: (namespace: string, name: string) => string) =>
  path(metadata.namespace ?? "", metadata.name);
/** Waits until the console's own cache has it. */
export const shown = (browser: Browser, { metadata }: AgentWorkload, phase: string) =>
  until(`${metadata.name} in the list`, async () =>
    (await browser.json<WorkloadRow[]>("GET", PATHS.workloads)).find(
      (row) => row.uid === metadata.uid && row.phase === phase,
    ),
  );
