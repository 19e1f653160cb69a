// The two small HTTP servers: metrics, and health for the kubelet.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface RunningServer {
  /** The port in use: a free one where port 0 was requested. */
  port: number;
  close(): Promise<void>;
}

export interface HttpAnswer {
  status: number;
  type?: string;
  body: string;
}

/** Serves GET requests by path; an answer of `undefined` means not found. */
export async function serve(
  port: number,
  answer: (path: string) => Promise<HttpAnswer | undefined>,
): Promise<RunningServer> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    answer(path)
      .catch((error: unknown): HttpAnswer => ({ status: 500, body: `${error}\n` }))
      .then((found) => {
        const { status, type = "text/plain; charset=utf-8", body } = found ?? { status: 404, body: "not found\n" };
        response.writeHead(status, { "content-type": type }).end(body);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
