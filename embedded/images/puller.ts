// Runs a containerd on this machine's network that only downloads images: the node's containerd can't reach the internet.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { globSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDir } from "../node/paths.ts";
import { ownerMark } from "../node/unfinished.ts";

/** Prefix of the names of its temporary folders. They are not in the cache, because the path of a socket must be short. */
export const pullerPrefix = "agentic-pull-";

/** Attempts to download one image; each continues with the bytes of the one before. */
const maxAttempts = 3;

/** Errors of containerd and registries after which a retry makes no sense. */
const permanentError =
  /not found|unauthorized|authorization failed|denied|forbidden|no match for platform|unsupported protocol/i;

/** Options of `Puller.start`. */
export interface PullerOptions {
  /** Folder of `hosts.toml` files, as containerd reads them. */
  mirrors?: string;
  /** Milliseconds without a byte after which a download is ended. */
  idleTimeout: number;
}

/** A running containerd whose content store is in the cache. */
export class Puller implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #dir: string;
  readonly #root: string;
  readonly #options: PullerOptions;

  private constructor(process: ChildProcess, dir: string, root: string, options: PullerOptions) {
    this.#process = process;
    this.#dir = dir;
    this.#root = root;
    this.#options = options;
  }

  /** Starts it. Throws with the end of its log where it doesn't answer within 20 s. */
  static async start(options: PullerOptions): Promise<Puller> {
    const dir = join(tmpdir(), `${pullerPrefix}${ownerMark()}`);
    mkdirSync(dir, { mode: 0o700 });
    const root = cacheDir("pull");
    mkdirSync(root, { recursive: true });
    const config = join(dir, "config.toml");
    // It runs no containers, so it needs no CRI plugin, and listens on its socket only.
    writeFileSync(
      config,
      `version = 2
root = ${JSON.stringify(root)}
state = ${JSON.stringify(join(dir, "state"))}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.restart"]
[grpc]
  address = ${JSON.stringify(join(dir, "sock"))}
[ttrpc]
  address = ${JSON.stringify(join(dir, "sock.ttrpc"))}
`,
    );
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "containerd", "--config", config], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (data) => {
      errors = `${errors}${data}`.slice(-2000);
    });
    const puller = new Puller(child, dir, root, options);
    for (let waited = 0; waited < 20_000 && child.exitCode === null; waited += 100) {
      if (
        await puller.#ctr(["version"]).then(
          () => true,
          () => false,
        )
      )
        return puller;
      await sleep(100);
    }
    await puller[Symbol.asyncDispose]();
    throw new Error(`the containerd that downloads images doesn't start:\n${errors.trim()}`);
  }

  /** The number of bytes in its content store. */
  bytes(): number {
    const files = globSync("io.containerd.content.v1.content/{ingest/*/data,blobs/*/*}", { cwd: this.#root });
    return files.reduce(
      (sum, file) => sum + (statSync(join(this.#root, file), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }

  /** Downloads an image for this machine's platform; returns its digest. Throws with a short reason where it can't be pulled. */
  async fetch(ref: string, digest: string | undefined): Promise<string> {
    const source = digest ? `${ref}@${digest}` : ref;
    const hosts = this.#options.mirrors ? ["--hosts-dir", this.#options.mirrors] : [];
    for (let attempt = 1; ; attempt++)
      try {
        await this.#ctr(["content", "fetch", ...hosts, source], this.#options.idleTimeout);
        break;
      } catch (error) {
        const { message } = error as Error;
        // Without the image's name, which the caller adds.
        if (attempt === maxAttempts || permanentError.test(message))
          throw new Error(message.replace(`${source}: `, ""));
        await sleep(1000 * attempt);
      }
    if (source !== ref) await this.#ctr(["images", "tag", "--force", source, ref]);
    const line = (await this.#ctr(["images", "ls", `name==${ref}`])).split("\n")[1] ?? "";
    const fetchedDigest = /sha256:[0-9a-f]{64}/.exec(line)?.[0];
    if (!fetchedDigest) throw new Error(`containerd has no digest for ${ref} after its download`);
    return fetchedDigest;
  }

  /** Writes a fetched image as an OCI archive. */
  async export(ref: string, path: string): Promise<void> {
    await this.#ctr(["images", "export", path, ref]);
  }

  /** Removes an image, so that its content can be garbage-collected. */
  async forget(ref: string): Promise<void> {
    const lines = (await this.#ctr(["images", "ls", "-q"])).split("\n");
    const names = lines.filter((name) => name === ref || name.startsWith(`${ref}@`));
    await this.#ctr(["images", "rm", "--sync", ...names]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill("SIGTERM");
      await Promise.race([exited, sleep(5000, undefined, { ref: false }).then(() => this.#process.kill("SIGKILL"))]);
      await exited;
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Runs ctr; ends it where no byte has arrived for `idleTimeout` milliseconds. */
  async #ctr(args: string[], idleTimeout?: number): Promise<string> {
    const address = ["--address", join(this.#dir, "sock"), "--namespace", "pull"];
    const stop = new AbortController();
    let lastBytes = -1;
    let lastArrival = performance.now();
    const watchdog = idleTimeout
      ? setInterval(
          () => {
            const bytes = this.bytes();
            if (bytes !== lastBytes) lastArrival = performance.now();
            lastBytes = bytes;
            if (performance.now() - lastArrival > idleTimeout) stop.abort();
          },
          Math.min(1000, idleTimeout / 4),
        )
      : undefined;
    try {
      return await new Promise<string>((resolve, reject) =>
        execFile(
          "ctr",
          [...address, ...args],
          { maxBuffer: 64 << 20, signal: stop.signal },
          (error, stdout, stderr) => {
            if (!error) return resolve(stdout);
            const lastLine = stderr
              .trim()
              .split("\n")
              .at(-1)
              ?.replace(/^ctr: (failed to resolve reference "[^"]*": )?/, "");
            reject(
              new Error(
                stop.signal.aborted
                  ? `its registry sent nothing for ${(idleTimeout ?? 0) / 1000} s`
                  : lastLine || error.message,
              ),
            );
          },
        ),
      );
    } finally {
      clearInterval(watchdog);
    }
  }
}
