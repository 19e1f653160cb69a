// Ports of this machine for servers of the tests.
import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/** Below the range from which Linux takes the ports of outgoing connections: nobody gets one before its server listens. */
const range = [10_000, 30_000] as const;

/** Listens on a port of the range that nobody has. */
async function listen(): Promise<[number, Server]> {
  for (;;) {
    const server = createServer();
    const port = randomInt(...range);
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) =>
      server.once("error", resolve).listen(port, "127.0.0.1", () => resolve(undefined)),
    );
    if (!error) return [port, server];
    if (error.code !== "EADDRINUSE") throw error;
  }
}

/** `count` different ports of loopback that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held until the last is found, so that none is given twice.
  const servers = await Promise.all(Array.from({ length: count }, listen));
  await Promise.all(servers.map(([, server]) => new Promise((resolve) => server.close(resolve))));
  return servers.map(([port]) => port);
}

/** One such port. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}
