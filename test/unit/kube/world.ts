// What the tests of connections start: servers that answer as an API server does, certificates, files of a kubeconfig.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect as connectTo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach } from "vitest";
import { issue, newKey, type Pair } from "../../../embedded/deploy/x509.ts";
import { Transport } from "../../../kube/connection/transport.ts";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";

const root = mkdtempSync(join(tmpdir(), "kube-"));
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;

/** A folder of its own with these files; a file's mode is that of a program where its text begins with `#!`. */
export function folderOf(files: Record<string, string>): string {
  const folder = join(root, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: text.startsWith("#!") ? 0o755 : 0o600 });
  }
  return folder;
}

/** A kubeconfig of one context, `x`, as text. */
export function configOf(cluster: object, user?: object, context: object = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "c", ...(user ? { user: "u" } : {}), ...context } }],
    clusters: [{ name: "c", cluster }],
    users: user ? [{ name: "u", user }] : [],
  });
}

export interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  /** As they came, name and value in turn. */
  raw: string[];
  /** Common name of the client's certificate. */
  certificate: string | undefined;
  /** Name that was asked for by SNI. */
  sni: string | false | undefined;
}

export interface FakeServer {
  /** `http://127.0.0.1:1234` */
  url: string;
  port: number;
  asked: Asked[];
  /** Status of what is answered next; 200 where there is none left. */
  statuses: number[];
  server: Server;
}

/** Answers `{}` to everything; by TLS where there is a certificate. */
export async function fakeServer(tls?: Pair & { clientCa?: string }, host = "127.0.0.1"): Promise<FakeServer> {
  const asked: Asked[] = [];
  const statuses: number[] = [];
  const answer: RequestListener = (request, response) => {
    const socket = request.socket as Partial<TLSSocket>;
    asked.push({
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      raw: request.rawHeaders,
      certificate: socket.getPeerCertificate?.().subject?.CN as string | undefined,
      sni: socket.servername ?? undefined,
    });
    response.writeHead(statuses.shift() ?? 200, { "content-type": "application/json" }).end("{}\n");
  };
  const server = tls
    ? createSecureServer(
        { cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: false, ca: tls.clientCa },
        answer,
      )
    : createServer(answer);
  const port = await listening(server, host);
  const shown = host.includes(":") ? `[${host}]` : host;
  return { url: `${tls ? "https" : "http"}://${shown}:${port}`, port, asked, statuses, server };
}

async function listening(server: Server | ReturnType<typeof createTcpServer>, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** What a kubeconfig leads to, as a client of it. Ends with the test. */
export function clientOf(kubeconfig: string, context?: string): Transport {
  const transport = new Transport(connectionOf({ kubeconfig, context }));
  ends.push(() => transport.destroy());
  return transport;
}

/** Status and text of the answer to a GET. */
export async function get(transport: Transport, path = "/api"): Promise<number> {
  const { statusCode, body } = await transport.request({ method: "GET", path, headersTimeout: 5000 });
  await body.text();
  return statusCode;
}

/** An authority, and what it signs. */
export async function authority() {
  const wish = {
    organizations: [],
    uris: [],
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
  };
  const key = () => newKey({ algorithm: "ECDSA", size: 256, encoding: "PKCS8" });
  const none = { ...wish, dnsNames: [], ipAddresses: [] };
  const own = key();
  const ca: Pair = {
    key: own,
    certificate: await issue({ ...none, commonName: "ca", usages: ["cert sign"], isCa: true }, own),
  };
  const sign = async (
    commonName: string,
    names: { dnsNames?: string[]; ipAddresses?: string[] } = {},
  ): Promise<Pair> => {
    const its = key();
    const usages = ["digital signature", "server auth", "client auth"];
    return { key: its, certificate: await issue({ ...none, commonName, ...names, usages, isCa: false }, its, ca) };
  };
  return { ca: ca.certificate, sign };
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A proxy by HTTP that lets everything through: the targets that it was asked for. By TLS where there is a certificate. */
export async function httpProxy(
  tls?: Pair,
): Promise<{ port: number; targets: string[]; authorizations: (string | undefined)[] }> {
  const targets: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const forward: RequestListener = (request, response) => {
    targets.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"]);
    response.writeHead(200).end("{}");
  };
  const server = tls ? createSecureServer({ cert: tls.certificate, key: tls.key }, forward) : createServer(forward);
  server.on("connect", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    targets.push(`CONNECT ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"]);
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connectTo(Number(port), hostname.replace(/^\[|\]$/g, ""), () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
  });
  return { port: await listening(server), targets, authorizations };
}

/** A SOCKS5 proxy (RFC 1928) that demands a user and a password where they are given. */
export async function socksProxy(login?: {
  user: string;
  password: string;
}): Promise<{ port: number; targets: string[] }> {
  const targets: string[] = [];
  const server = createTcpServer((socket) => {
    let step: "greeting" | "login" | "request" = "greeting";
    const onData = (data: Buffer) => {
      if (step === "greeting") {
        step = login ? "login" : "request";
        socket.write(Buffer.from([5, login ? 2 : 0]));
      } else if (step === "login") {
        const user = data.subarray(2, 2 + (data[1] ?? 0)).toString();
        const password = data.subarray(3 + (data[1] ?? 0)).toString();
        const right = user === login?.user && password === login.password;
        step = "request";
        socket.write(Buffer.from([1, right ? 0 : 1]));
        if (!right) socket.end();
      } else {
        socket.off("data", onData);
        const named = data[3] === 3;
        const length = named ? (data[4] ?? 0) : 4;
        const start = named ? 5 : 4;
        const bytes = data.subarray(start, start + length);
        const host = named ? bytes.toString() : [...bytes].join(".");
        const port = data.readUInt16BE(start + length);
        targets.push(`${host}:${port}`);
        const target = connectTo(port, host === "api.test" ? "127.0.0.1" : host, () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          target.pipe(socket).pipe(target);
        });
        target.on("error", () => socket.destroy());
      }
    };
    socket.on("data", onData);
  });
  return { port: await listening(server), targets };
}
