// An HTTP server that answers as the API server by a script, for faults that a real one rarely has.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "../../../kube/client/client.ts";

export interface ReceivedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: IncomingMessage["headers"];
}

export type Answer = { code?: number; body?: unknown; headers?: Record<string, string> } | "hang up";
type Handler = (request: ReceivedRequest, response: ServerResponse) => Answer | undefined | Promise<Answer | undefined>;

/** Starts the server; a handler that returns undefined writes the response itself. */
export async function fakeApi(handler: Handler) {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
    const received: ReceivedRequest = {
      method: request.method ?? "",
      path: pathname,
      query: searchParams,
      body: text ? JSON.parse(text) : undefined,
      headers: request.headers,
    };
    requests.push(received);
    const answer = await handler(received, response);
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
    requests,
    client,
    async close() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Waits until the condition holds; throws after 5 s. */
export async function eventually(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
