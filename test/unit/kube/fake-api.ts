// An HTTP server that plays the API server by a script, for what a real one does only on a bad day.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "../../../kube/client/client.ts";

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: IncomingMessage["headers"];
}

export type Answer = { code?: number; body?: unknown; headers?: Record<string, string> } | "hang up";
type Handler = (asked: Asked, response: ServerResponse) => Answer | undefined | Promise<Answer | undefined>;

/** Starts the server; a handler that returns nothing answers by itself. */
export async function fakeApi(handler: Handler) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
    const question: Asked = {
      method: request.method ?? "",
      path: pathname,
      query: searchParams,
      body: text ? JSON.parse(text) : undefined,
      headers: request.headers,
    };
    asked.push(question);
    const answer = await handler(question, response);
    if (answer === undefined) return;
    if (answer === "hang up") {
      request.socket.destroy();
      return;
    }
    response
      .writeHead(answer.code ?? 200, answer.headers)
      .end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new Client({ server: url, credentials: async () => ({ authorization: "Bearer secret" }) });
  return {
    url,
    asked,
    client,
    async close() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Waits until it holds; fails after 5 s. */
export async function eventually(holds: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
