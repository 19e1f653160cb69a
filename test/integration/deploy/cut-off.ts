// A way to an API server that is cut off after a number of writes: for the cluster that is what a killed run looks like.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { ApiServer } from "../apiserver.ts";

/** A request that changes something, as `PATCH /api/v1/…`. */
export type Write = string;

export class CutOff {
  /** Content of a kubeconfig that leads through here. */
  readonly kubeconfig: string;
  /** Changes that got through since the last `open`. */
  writes: Write[] = [];
  /** Hears of each change once the API server has made it, before its sender does. */
  onWrite: (write: Write) => void = () => {};
  #left = Number.POSITIVE_INFINITY;
  readonly #close: () => void;
  readonly #sockets = new Set<IncomingMessage["socket"]>();

  private constructor(port: number, close: () => void) {
    const server = `http://127.0.0.1:${port}`;
    this.kubeconfig = JSON.stringify({
      "current-context": "test",
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
      clusters: [{ name: "test", cluster: { server } }],
      users: [{ name: "test", user: {} }],
    });
    this.#close = close;
  }

  /** Starts one before an API server. */
  static async start({ kubeconfig, url }: ApiServer): Promise<CutOff> {
    const pki = join(dirname(kubeconfig), "pki");
    const readPem = (name: string) => readFileSync(join(pki, name));
    const agent = new TlsAgent({
      keepAlive: true,
      ca: readPem("ca.crt"),
      cert: readPem("admin.crt"),
      key: readPem("admin.key"),
    });
    let cutOff: CutOff | undefined;
    const server = createServer((from, to) => cutOff?.pass(from, to, { url, agent }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cutOff = new CutOff((server.address() as AddressInfo).port, () => {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    });
    return cutOff;
  }

  /** Lets everything through again, up to a number of writes: after the last of them nothing goes through, nor its answer. */
  open(writes = Number.POSITIVE_INFINITY): void {
    this.writes = [];
    this.#left = writes;
  }

  get isCut(): boolean {
    return this.#left <= 0;
  }

  close(): void {
    this.#close();
  }

  /** Takes one request. */
  pass(from: IncomingMessage, to: ServerResponse, { url, agent }: { url: string; agent: TlsAgent }): void {
    this.#sockets.add(from.socket);
    from.socket.once("close", () => this.#sockets.delete(from.socket));
    if (this.isCut) return void from.socket.destroy();
    const { method = "GET", url: path = "/", headers } = from;
    const isWrite = method !== "GET" && !path.includes("dryRun=All");
    const { host: _, ...rest } = headers;
    const forwarded = tlsRequest(`${url}${path}`, { method, headers: rest, agent }, (answer) => {
      if (isWrite) {
        const write = `${method} ${path.split("?")[0]}`;
        this.writes.push(write);
        this.onWrite(write);
        this.#left--;
        if (this.isCut) for (const socket of this.#sockets) socket.destroy();
      }
      if (from.socket.destroyed) return void answer.destroy();
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
      to.once("close", () => answer.destroy());
    });
    forwarded.on("error", () => from.socket.destroy());
    from.pipe(forwarded);
  }
}
