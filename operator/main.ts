// The operator's entry: `node operator/main.ts`. Starts itself a second time before it works, for its memory's sake.
import { constants, enableCompileCache, flushCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Stripping the types loads a WebAssembly compiler that stays in memory (about 27 MB of 140). So the first life only fills
 * the compile cache; then the process is replaced, with the same id, by one that reads the cache and keeps a small
 * young generation. Where nothing can be written, or a cache is given, it just goes on. Costs 0.4 s.
 */
async function relaunch(): Promise<void> {
  if (process.env.NODE_COMPILE_CACHE || !process.execve) return;
  const { status, directory } = enableCompileCache(join(tmpdir(), "agentic-operator-compiled"));
  if (status !== constants.compileCacheStatus.ENABLED || !directory) return;
  await import("./run.ts");
  flushCompileCache();
  // Not this file again: it was compiled before there was a cache.
  const entry = join(import.meta.dirname, "run.ts");
  // The HTTP parser is WebAssembly: compiled by V8's optimizing compiler, too, it would leave 9 MB behind and win nothing.
  const flags = [...process.execArgv, "--max-semi-space-size=1", "--liftoff-only"];
  process.execve(process.execPath, [process.execPath, ...flags, entry], {
    ...process.env,
    NODE_COMPILE_CACHE: join(tmpdir(), "agentic-operator-compiled"),
    // One pool of memory for all threads: each of glibc's keeps what it once needed, which was a quarter of the whole.
    MALLOC_ARENA_MAX: "1",
  });
}

await relaunch();
const { run } = await import("./run.ts");
process.exitCode = await run();
