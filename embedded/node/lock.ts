// A lock between processes: the kernel holds it for an open file and releases it when the process ends.
import { spawn } from "node:child_process";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Runs `work` while holding the lock `file`. Where another process holds it, calls `onWait` once and waits for that process to
 * release it or end. The file stays; `work` may remove it as its last action.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  const lock = await acquire(file, onWait);
  try {
    return await work();
  } finally {
    await lock.close();
  }
}

async function acquire(file: string, onWait?: () => void): Promise<FileHandle> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  for (;;) {
    const handle = await open(file, "a", 0o600);
    try {
      if (!(await flock(handle.fd, "--nonblock"))) {
        onWait?.();
        onWait = undefined;
        await flock(handle.fd);
      }
      // The former holder may have removed the file: then the new file is locked instead.
      const [own, current] = [await handle.stat(), await stat(file).catch(() => undefined)];
      if (current?.ino === own.ino && current.dev === own.dev) return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
  }
}

/** Locks an open file by flock(2), for which Node.js has no call. The lock belongs to the open file, so it outlives the child process. */
async function flock(fd: number, ...options: string[]): Promise<boolean> {
  const child = spawn("flock", ["--exclusive", ...options, "3"], { stdio: ["ignore", "ignore", "pipe", fd] });
  let errors = "";
  child.stderr?.on("data", (data) => {
    errors += data;
  });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code === 0) return true;
  if (code === 1 && options.length > 0) return false;
  throw new Error(`flock failed: ${errors.trim() || `it ended with ${code}`}`);
}
