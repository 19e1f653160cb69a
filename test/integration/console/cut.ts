// A way to a server that can be cut off and opened again, as when the server is away.
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../ports.ts";

/** Listens on a port of its own and passes every connection on to `target`, an address such as `https://127.0.0.1:6443`. */
export async function startCut(target: string) {
  const { hostname, port: to, protocol } = new URL(target);
  const port = await freePort();
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((near) => {
    if (!isOpen) return void near.destroy();
    const far = connect(Number(to), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${protocol}//127.0.0.1:${port}`,
    cut,
    mend: () => {
      isOpen = true;
    },
    async stop(): Promise<void> {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
