// The front of the browser service: whoever has a tenant's token gets a fresh browser, and reaches nothing else of the service.
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type * as Ws from "ws";
import { browserSwitch } from "./browser-switch.ts";
import { connectBrowser } from "./connection.ts";
import { metricsServer, Refusals } from "./metrics.ts";
import { BusyError, type Limits, Shares } from "./shares.ts";

export interface FrontOptions extends Limits {
  /** Who may ask, by what; a tenant may have two tokens. */
  tokens: readonly { tenant: string; token: string }[];
  /** The service's own address, which starts a browser for each connection. */
  browserUrl: string;
  /** Bytes that a browser may take, and the folder that has a file for each one that took more, by its name. */
  memory?: { limit: number; ended: string };
  /** The package `ws`, of whoever has it. */
  ws: Pick<typeof Ws, "WebSocket" | "WebSocketServer">;
}

/** Bytes of one message of a tenant, such as a page's resource in base64; it is held several times while it is judged. */
const MAX_CALL = 16 * 1024 * 1024;

/** Bytes of one message of a browser, such as a picture in base64. */
const MAX_ANSWER = 64 * 1024 * 1024;

const offered = "a WebSocket to / gives one browser; nothing else is served here";

/** A request that is answered with an error. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The server of browsers, and that of their metrics; the caller lets both listen. */
export function createFront(options: FrontOptions): { server: Server; metrics: Server } {
  const { ws, browserUrl, memory } = options;
  const shares = new Shares(options);
  const refusals = new Refusals();
  const sockets = new ws.WebSocketServer({ noServer: true, maxPayload: MAX_CALL, perMessageDeflate: false });
  const server = createServer((_, response) => {
    response.writeHead(404, { "content-type": "text/plain" }).end(`${offered}\n`);
  });

  async function serve(tenant: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const disconnect = new AbortController();
    socket.once("close", () => disconnect.abort());
    // Nobody learns that the other side is gone but by reading. It says nothing before it has the answer.
    const leave = () => socket.destroy();
    socket.resume().once("end", leave);
    const release = await shares.take(tenant, disconnect.signal);
    const name = randomUUID();
    const browser = new ws.WebSocket(memory ? named(browserUrl, name) : browserUrl, {
      maxPayload: MAX_ANSWER,
      perMessageDeflate: false,
    });
    browser.once("close", release);
    disconnect.signal.addEventListener("abort", () => browser.terminate());
    await new Promise<void>((resolve, reject) => {
      browser.once("open", resolve);
      browser.on("error", (error) => reject(new Refusal(503, `no browser could be started: ${error.message}`)));
    });
    socket.off("end", leave);
    sockets.handleUpgrade(request, socket, head, (client) =>
      connectBrowser(client, browser, () =>
        memory && existsSync(join(memory.ended, name)) ? tooLarge(memory) : undefined,
      ),
    );
  }

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    answer(request, socket, head);
  });

  function answer(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    let tenant = "";
    const refused = (error: unknown) => {
      // Whoever has left is refused nothing.
      if (!socket.destroyed) refusals.add(tenant, refuse(socket, error));
    };
    const begin = async () => {
      tenant = tenantOf(request, options.tokens);
      await serve(tenant, request, socket, head);
    };
    begin().catch(refused);
  }

  const tenants = [...new Set(options.tokens.map(({ tenant }) => tenant))];
  return { server, metrics: metricsServer({ shares, refusals, tenants }) };
}

/** The address of a browser that has a name among its own switches. */
function named(browserUrl: string, name: string): string {
  const url = new URL(browserUrl);
  const launch = JSON.parse(url.searchParams.get("launch") ?? "{}") as { args?: string[] };
  launch.args = [...(launch.args ?? []), `${browserSwitch}${name}`];
  url.searchParams.set("launch", JSON.stringify(launch));
  return url.href;
}

const tooLarge = ({ limit }: { limit: number }) =>
  `the browser was ended: its pages took more than ${Math.floor(limit / 2 ** 20)} MiB of memory`;

/** The tenant whose token a request has. Throws where it asks for more than a browser. */
function tenantOf(request: IncomingMessage, tokens: FrontOptions["tokens"]): string {
  const [path, ...query] = (request.url ?? "").split("?");
  const parameters = new URLSearchParams(query.join("?"));
  const token = parameters.get("token") ?? "";
  const tenant = tokens.find((known) => isSame(known.token, token))?.tenant;
  if (tenant === undefined) throw new Refusal(401, "the parameter token is not a tenant's token");
  if (path !== "/") throw new Refusal(404, offered);
  const more = [...parameters.keys()].filter((name) => name !== "token");
  if (more.length > 0)
    throw new Refusal(
      400,
      `the parameter ${more.join(", ")} is not allowed: the platform decides how browsers are started`,
    );
  return tenant;
}

function isSame(expected: string, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return expected !== "" && timingSafeEqual(digest(expected), digest(given));
}

const reasons: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Answers with the error, and returns its status. */
function refuse(socket: Duplex, error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  const status = error instanceof Refusal ? error.status : error instanceof BusyError ? 429 : 500;
  const body = `${message}\n`;
  // Ended alone it would stay for as long as the other side likes.
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
  return status;
}
