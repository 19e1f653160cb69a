// An API server that other test files have used before, and that holds nothing of theirs.
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { type ApiServer, type ApiServerOptions, startApiServer } from "./apiserver.ts";

/** Variable with the path of the socket of apiserver-pool.ts. */
export const POOL_SOCKET = "TEST_API_SERVERS";

/** What the pool answers. */
export type Reply = Omit<ApiServer, "stop"> | { error: string };

/** What files may ask for: servers with flags of their own are of no use to others. */
export type BorrowOptions = Pick<ApiServerOptions, "controllerManager" | "controllers" | "quotas">;

/**
 * An API server for one test file, until it is given back by `stop` or the process ends. It goes on running then: what is tried on one
 * that has gone is for {@link startApiServer}. Outside of tests it is a new one.
 */
export async function borrowApiServer(options: BorrowOptions = {}): Promise<ApiServer> {
  const path = process.env[POOL_SOCKET];
  if (!path) return await startApiServer(options);
  const socket = connect(path);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(`${JSON.stringify(options)}\n`);
  const { value: line = "" } = await createInterface({ input: socket })[Symbol.asyncIterator]().next();
  const reply = JSON.parse(line) as Reply;
  if ("error" in reply) throw new Error(reply.error);
  return {
    ...reply,
    stop: async () => {
      socket.end();
      await closed;
    },
  };
}
