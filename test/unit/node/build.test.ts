// How the programs are compiled: with which memory, and each package once.
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compileFlags, compilerEnvironment } from "../../../embedded/node/compile.ts";
import { lookForGo } from "../../../embedded/node/go.ts";

const embedded = join(import.meta.dirname, "../../../embedded");

/** Module versions that each program's go.mod names, by the program's folder. */
function versions(): Map<string, Map<string, string>> {
  const files = globSync("{node,images/go}/*/go.mod", { cwd: embedded });
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(embedded, file), "utf8");
      const lines = [...text.matchAll(/^(?:require |\t)([^\s/]+\.[^\s]+) (v\S+)(?: \/\/ indirect)?$/gm)];
      const replaced = [...text.matchAll(/^\t([^\s]+) => \1 (v\S+)$/gm)];
      const named = [...lines, ...replaced].map(([, module = "", version = ""]) => [module, version] as const);
      return [basename(dirname(file)), new Map(named)];
    }),
  );
}

describe("Go's compilers", () => {
  const memory = 64 * 2 ** 30 * 32;

  it("collect no garbage below a limit where there is memory for it", () => {
    expect(compilerEnvironment({ A: "b" }, memory)).toEqual({ A: "b", GOGC: "off", GOMEMLIMIT: String(2 ** 30) });
  });

  it("run as Go has it on a small machine, and as the caller has it anywhere", () => {
    expect(compilerEnvironment({ A: "b" }, 2 ** 30)).toEqual({ A: "b" });
    expect(compilerEnvironment({ GOGC: "50" }, memory)).toEqual({ GOGC: "50" });
    expect(compilerEnvironment({ GOMEMLIMIT: "1GiB" }, memory)).toEqual({ GOMEMLIMIT: "1GiB" });
  });

  it("get no debug information to write, in packages that are not inlined either", () => {
    const flags = compileFlags.filter((flag) => flag.startsWith("-gcflags="));
    expect(flags.length).toBeGreaterThan(1);
    expect(flags.filter((flag) => !flag.includes("=-dwarf=false"))).toEqual([]);
  });
});

describe("go.mod files", () => {
  it.each([
    "k8s.io/api",
    "k8s.io/apimachinery",
    "k8s.io/client-go",
    "k8s.io/kube-openapi",
    "k8s.io/utils",
    "sigs.k8s.io/structured-merge-diff/v6",
    "google.golang.org/grpc",
    "google.golang.org/protobuf",
    "golang.org/x/crypto",
    "golang.org/x/net",
    "golang.org/x/sys",
    "golang.org/x/text",
    "github.com/prometheus/client_golang",
    "go.opentelemetry.io/otel",
    "github.com/minio/madmin-go/v3",
    "github.com/minio/minio-go/v7",
  ])("name one version of %s, so that it is compiled once for all programs", (module) => {
    const replaced = [...versions()].flatMap(([program, modules]) => {
      // Jaeger with the collector's parts that it is made of doesn't start with newer ones: its go.mod says why.
      if (program === "jaeger" && module === "go.opentelemetry.io/otel") return [];
      const version = modules.get(module);
      return version ? [[program, version] as const] : [];
    });
    expect(replaced.length).toBeGreaterThan(1);
    const [[, first] = []] = replaced;
    expect(replaced.filter(([, version]) => version !== first)).toEqual([]);
  });
});

describe("looking for Go", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("fetches none where there is none", async () => {
    const fetched = vi.fn();
    vi.stubGlobal("fetch", fetched);
    expect(await lookForGo(embedded, ["/nowhere/bin/go"])).toBeUndefined();
    expect(fetched).not.toHaveBeenCalled();
  });
});
