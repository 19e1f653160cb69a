// What a short command of `agentic` doesn't wait for at its start.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const cli = join(import.meta.dirname, "../../../cli");
let cache = "";
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "agentic-start-"));
});
afterAll(() => rmSync(cache, { recursive: true }));

function agentic(program: string, args: string[], { before = [] as string[], cacheHome = cache } = {}) {
  // Who has set a place for what is compiled keeps it, as make does; and vitest has nothing kept while it measures coverage.
  const { NODE_COMPILE_CACHE: _, NODE_DISABLE_COMPILE_CACHE: __, ...given } = process.env;
  const env = { ...given, XDG_CACHE_HOME: cacheHome };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...before, join(cli, program), ...args], {
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** Writes at the end the files of packages and of the repository that were loaded. */
const listModules = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
  process.on("exit", () => console.error(loaded.join("\\n")));
`)}`;

it.each([[["list", "--help"]], [["--version"]], [["completion", "bash"]]])(
  "%j loads neither a client nor what other commands need",
  (args) => {
    const { status, stderr } = agentic("main.ts", args, { before: ["--import", listModules] });
    expect(status).toBe(0);
    expect(stderr).toContain("cli/commands/list.ts");
    const heavy =
      /(undici|yaml|marked|zod|modelcontextprotocol|tar-stream|viz|log-update)\/|\/policy\/|kube\/client\/client/;
    expect(stderr.split("\n").filter((url) => heavy.test(url))).toEqual([]);
  },
);

it.each(["main.ts", "bin/agentic.mjs"])("%s keeps what is compiled in the user's own cache", (program) => {
  const cacheHome = mkdtempSync(join(cache, "home-"));
  expect(agentic(program, ["--version"], { cacheHome })).toMatchObject({ status: 0, stderr: "" });
  expect(readdirSync(cacheHome)).toEqual(["agentic-cli"]);
  expect(readdirSync(cacheHome, { recursive: true }).length).toBeGreaterThan(20);
  expect(agentic(program, ["--version"], { cacheHome }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it("starts without a cache where none can be written", () => {
  const file = join(cache, "file");
  writeFileSync(file, "");
  expect(agentic("main.ts", ["--version"], { cacheHome: file })).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: "",
  });
});

it("ends without a word where nobody reads its output to the end", () => {
  const script = `"${process.execPath}" "${join(cli, "main.ts")}" list --help | true; exit \${PIPESTATUS[0]}`;
  const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});
