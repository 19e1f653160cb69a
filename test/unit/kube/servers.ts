// What the tests of connections use: fake API servers, proxies, certificates, and files of a kubeconfig.
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
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;

/** A new folder with these files; a file whose text begins with `#!` is executable. */
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

export interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  /** Headers as they arrived, name and value in turn. */
  raw: string[];
  /** Common name of the client's certificate. */
  certificate: string | undefined;
  /** Server name that the client sent by SNI. */
  sni: string | false | undefined;
}

export interface FakeServer {
  /** `http://127.0.0.1:1234` */
  url: string;
  port: number;
  requests: ReceivedRequest[];
  /** Statuses of the next answers; 200 once they are used up. */
  statuses: number[];
  server: Server;
}

/** Answers `{}` to every request, over TLS if a certificate is given. */
export async function fakeServer(tls?: Pair & { clientCa?: string }, host = "127.0.0.1"): Promise<FakeServer> {
  const requests: ReceivedRequest[] = [];
  const statuses: number[] = [];
  const answer: RequestListener = (request, response) => {
    const socket = request.socket as Partial<TLSSocket>;
    requests.push({
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
  const urlHost = host.includes(":") ? `[${host}]` : host;
  return { url: `${tls ? "https" : "http"}://${urlHost}:${port}`, port, requests, statuses, server };
}

async function listening(server: Server | ReturnType<typeof createTcpServer>, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A client of the server that a kubeconfig names. It is closed after the test. */
export function clientOf(kubeconfig: string, context?: string): Transport {
  const transport = new Transport(connectionOf({ kubeconfig, context }));
  cleanups.push(() => transport.destroy());
  return transport;
}

/** Status of the answer to a GET. */
export async function get(transport: Transport, path = "/api"): Promise<number> {
  const { statusCode, body } = await transport.request({ method: "GET", path, headersTimeout: 5000 });
  await body.text();
  return statusCode;
}

/** A certificate authority, and the function that signs with it. */
export async function authority() {
  const validity = {
    organizations: [],
    uris: [],
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
  };
  const key = () => newKey({ algorithm: "ECDSA", size: 256, encoding: "PKCS8" });
  const base = { ...validity, dnsNames: [], ipAddresses: [] };
  const caKey = key();
  const ca: Pair = {
    key: caKey,
    certificate: await issue({ ...base, commonName: "ca", usages: ["cert sign"], isCa: true }, caKey),
  };
  const sign = async (
    commonName: string,
    names: { dnsNames?: string[]; ipAddresses?: string[] } = {},
  ): Promise<Pair> => {
    const ownKey = key();
    const usages = ["digital signature", "server auth", "client auth"];
    return {
      key: ownKey,
      certificate: await issue({ ...base, commonName, ...names, usages, isCa: false }, ownKey, ca),
    };
  };
  return { ca: ca.certificate, sign };
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** An HTTP proxy that records the targets that were requested, over TLS if a certificate is given. */
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

/** A SOCKS5 proxy (RFC 1928) that records the targets that were requested, and demands a login if one is given. */
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
        const isRight = user === login?.user && password === login.password;
        step = "request";
        socket.write(Buffer.from([1, isRight ? 0 : 1]));
        if (!isRight) socket.end();
      } else {
        socket.off("data", onData);
        const isName = data[3] === 3;
        const length = isName ? (data[4] ?? 0) : 4;
        const start = isName ? 5 : 4;
        const bytes = data.subarray(start, start + length);
        const host = isName ? bytes.toString() : [...bytes].join(".");
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
