// The published form of the client: installed elsewhere, without this repository, it works and has its types.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nonEmpty } from "../../non-empty.ts";

const root = join(import.meta.dirname, "../../..");
const client = join(root, "platform-client");
let project: string;
let installed: string;

interface Manifest {
  exports: Record<string, Record<string, string>>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const manifest = (): Manifest => JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "consumer-"));
  const [packed] = JSON.parse(
    run("npm", ["pack", "--json", "--pack-destination", project], client).replace(/^[^[]*/, ""),
  ) as [{ filename: string }];
  installed = join(project, "node_modules/@agentic/platform-client");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", join(project, packed.filename), "--strip-components=1", "-C", installed], project);
  // Its dependencies and peers, as npm would put them beside it; nothing else of this repository.
  for (const name of ["@pulumi/pulumi", "@pulumi/kubernetes", "croner", "typebox"]) {
    const path = join(project, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, "node_modules", name), path);
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the package", () => {
  it("holds what its exports name, and no sources", () => {
    const { "@agentic/source": source, ...published } = manifest().exports["."] ?? {};
    for (const file of nonEmpty(Object.values(published))) expect(existsSync(join(installed, file)), file).toBe(true);
    expect(existsSync(join(installed, source ?? "")), "sources").toBe(false);
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))).toEqual([]);
    expect(files).toContain("README.md");
  });

  it("declares every package that it imports, and no other", () => {
    const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
    const text = files
      .filter((name) => /\.(js|d\.ts)$/.test(name))
      .map((name) => readFileSync(join(installed, "dist", name), "utf8"))
      .join("\n");
    const imported = [...text.matchAll(/(?:from |import\()["']((?:@[\w-]+\/)?[\w-]+)(?:\/[^"']*)?["']/g)].map(
      ([, name]) => name,
    );
    const { dependencies, peerDependencies } = manifest();
    expect([...new Set(imported)].sort()).toEqual(
      [...Object.keys(dependencies), ...Object.keys(peerDependencies)].sort(),
    );
  });

  it("runs where only its dependencies are", () => {
    const program = `
      import { agentWorkflow, CONTRACT_VERSION, Tenant, AgentWorkload, PlatformReference } from "@agentic/platform-client";
      const { spec } = agentWorkflow({ name: "own", title: "", description: "", owner: "", runbook: "", tasks: [{ step: "scrape" }] });
      console.log(CONTRACT_VERSION, spec.templates.length, [Tenant, AgentWorkload, PlatformReference].map((one) => typeof one).join());`;
    writeFileSync(join(project, "program.mjs"), program);
    expect(run(process.execPath, ["program.mjs"], project).trim()).toBe("1.2 2 function,function,function");
  });

  it("has types that another project compiles with, and that refuse a wrong field", () => {
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--skipLibCheck",
      "--types",
      "node",
    ];
    const check = (file: string, spec: string) => {
      const text = `
        import { AgentWorkload, PlatformReference, Tenant } from "@agentic/platform-client";
        const platform = await PlatformReference.connect("o/p/s");
        const tenant = new Tenant("t", { platform, tenant: platform.outputs.tenants[0]?.name ?? "" });
        new AgentWorkload("w", { platform, tenant, name: "w", spec: ${spec} });`;
      writeFileSync(join(project, file), text);
      symlinkSync(join(root, "node_modules/@types"), join(project, `node_modules/@types`));
      try {
        return run(process.execPath, [join(root, "node_modules/typescript-7/bin/tsc"), ...options, file], project);
      } catch (error) {
        return (error as { stdout: string }).stdout;
      } finally {
        rmSync(join(project, "node_modules/@types"));
      }
    };
    expect(check("right.ts", '{ objective: "o", targetUrls: ["http://x/"], approval: { mode: "auto" } }')).toBe("");
    expect(check("wrong.ts", '{ objective: "o", targetUrls: "http://x/" }')).toContain("DeepInput<string[]>");
  });
});
