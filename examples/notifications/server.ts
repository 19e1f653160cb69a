// A receiver to try notifications with: checks each as receiver.ts says, and prints what comes. KEY=… node examples/notifications/server.ts [port]
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { Notifications } from "./receiver.ts";

/** Listens at this port of loopback, or at any; `print` gets the body of each notification that is taken. */
export function receive(key: string, print: (body: unknown) => void, port = 0): Promise<Server> {
  const notifications = new Notifications(key);
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const verdict = notifications.check(request.headers, body);
    if (verdict === "accept") print(JSON.parse(body));
    response.writeHead(verdict === "refuse" ? 401 : 200).end();
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

if (import.meta.main) {
  const port = Number(process.argv[2] ?? 8080);
  await receive(process.env.KEY ?? "", (body) => process.stdout.write(`${JSON.stringify(body, undefined, 2)}\n`), port);
}
