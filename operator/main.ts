// The operator's entry point: `node operator/main.ts`. Replaces its process once before it works, to use less memory.
import { constants, enableCompileCache, flushCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Stripping the types loads a WebAssembly compiler that stays in memory (about 27 MB of 140). So the first process only
 * fills the compile cache; then execve replaces it, with the same id, by one that reads the cache and keeps a small
 * young generation. Where no cache can be written, or one is given, the first process goes on. Costs 0.4 s.
 */
async function relaunch(): Promise<void> {
  if (process.env.NODE_COMPILE_CACHE || !process.execve) return;
  const { status, directory } = enableCompileCache(join(tmpdir(), "agentic-operator-compiled"));
  if (status !== constants.compileCacheStatus.ENABLED || !directory) return;
  await import("./run.ts");
  flushCompileCache();
  // Starts run.ts rather than this file, which was compiled before the cache was on.
  const entry = join(import.meta.dirname, "run.ts");
  // The HTTP parser is WebAssembly: V8's optimizing compiler would use 9 MB for it and make it no faster.
  const flags = [...process.execArgv, "--max-semi-space-size=1", "--liftoff-only"];
  process.execve(process.execPath, [process.execPath, ...flags, entry], {
    ...process.env,
    NODE_COMPILE_CACHE: join(tmpdir(), "agentic-operator-compiled"),
    // One malloc arena for all threads: glibc's arenas don't return freed memory, which was a quarter of the process's.
    MALLOC_ARENA_MAX: "1",
  });
}

await relaunch();
const { run } = await import("./run.ts");
process.exitCode = await run();
