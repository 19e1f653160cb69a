// Serves Pulumi's protocol to this user's own processes only: it gives out every secret of a stack, and asks for no password.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";

/** The longest path of a socket that Linux and macOS both take, in bytes. */
const longestPath = 103;

/** A folder for the sockets of one run, which no other user may enter; gone with `using`. */
export class SocketFolder implements Disposable {
  /** mkdtemp makes it with the mode 0700, whatever the umask. */
  readonly #path = mkdtempSync(join(tmpdir(), "agentic-"));

  /** Path of a socket in it. Throws where the folder for temporary files has a name too long for a socket. */
  path(name: string): string {
    const path = join(this.#path, name);
    if (Buffer.byteLength(path) > longestPath)
      throw new Error(`${path}: too long for a socket's path (${longestPath} bytes); set TMPDIR to a shorter folder`);
    return path;
  }

  /** Has a server listen on a socket in it; returns the address for a gRPC client. */
  async listen(server: grpc.Server, name: string): Promise<string> {
    const address = `unix:${this.path(name)}`;
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    return address;
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
