// API servers that test files use one after the other: starting one takes two seconds of a processor and more. Each file has one for
// itself, which holds what a new one would.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type ApiServer, startApiServer } from "./apiserver.ts";
import { EtcdState } from "./apiserver-snapshot.ts";
import { type BorrowOptions, POOL_SOCKET, type Reply } from "./borrowed-apiserver.ts";

/** What an API server and its controllers make for themselves, which takes them a while. */
function ownKeys({ controllerManager, controllers }: BorrowOptions): string[] {
  const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];
  return namespaces.flatMap((name) => [
    `/registry/namespaces/${name}`,
    ...(controllerManager && !controllers
      ? [`/registry/serviceaccounts/${name}/default`, `/registry/configmaps/${name}/kube-root-ca.crt`]
      : []),
  ]);
}

class Pool {
  readonly #all = new Set<ApiServer>();
  /** By options: servers that nobody has. */
  readonly #free = new Map<string, { server: ApiServer; state: EtcdState }[]>();
  readonly #folder = mkdtempSync(join(tmpdir(), "apiservers-"));
  readonly #listener = createServer((socket) => void this.#lend(socket));
  readonly #pending = new Set<Promise<void>>();
  #closed = false;

  /** Path of the socket by which a test file asks for one. */
  get socket(): string {
    return join(this.#folder, "socket");
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#listener.listen(this.socket, resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    await Promise.all(this.#pending);
    await Promise.all([...this.#all].map((server) => server.stop()));
    rmSync(this.#folder, { recursive: true });
  }

  /** A connection asks for a server by its options, in one line, and has it until it closes. */
  async #lend(socket: Socket): Promise<void> {
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => undefined);
    const { value: key = "" } = await createInterface({ input: socket })[Symbol.asyncIterator]().next();
    const reply = (text: Reply) => socket.write(`${JSON.stringify(text)}\n`);
    try {
      const lent = this.#free.get(key)?.pop() ?? (await this.#start(JSON.parse(key) as BorrowOptions));
      const { stop: _, ...details } = lent.server;
      reply(details);
      void ended.then(() => this.#track(this.#takeBack(key, lent)));
    } catch (error) {
      reply({ error: (error as Error).message });
    }
  }

  async #start(options: BorrowOptions) {
    const server = await startApiServer(options);
    this.#all.add(server);
    const state = new EtcdState(server.etcd);
    await state.take(ownKeys(options));
    return { server, state };
  }

  async #takeBack(key: string, lent: { server: ApiServer; state: EtcdState }): Promise<void> {
    if (this.#closed) return;
    if (await lent.state.restore().catch(() => false)) {
      this.#free.set(key, [...(this.#free.get(key) ?? []), lent]);
      return;
    }
    this.#all.delete(lent.server);
    await lent.server.stop();
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }
}

/** For all projects of a run, each of which sets up. */
const shared = globalThis as { apiServerPool?: { pool: Promise<Pool>; users: number } };

/** Set-up of the projects whose files borrow servers. */
export default async function setup(): Promise<() => Promise<void>> {
  shared.apiServerPool ??= {
    users: 0,
    pool: (async () => {
      const pool = new Pool();
      await pool.open();
      process.env[POOL_SOCKET] = pool.socket;
      return pool;
    })(),
  };
  const { apiServerPool } = shared;
  apiServerPool.users++;
  const pool = await apiServerPool.pool;
  return async () => {
    if (--apiServerPool.users > 0) return;
    delete shared.apiServerPool;
    delete process.env[POOL_SOCKET];
    await pool.close();
  };
}
