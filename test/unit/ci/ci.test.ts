// The templates of CI: what they run exists, what they take is pinned, what they may is the least.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../../..");
const folder = join(root, ".github/workflows");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string>;
}
interface Job {
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  "runs-on"?: string;
  steps: Step[];
}
interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const files = readdirSync(folder);
const workflows = files.map((file) => [file, parse(readFileSync(join(folder, file), "utf8")) as Workflow] as const);
const build = parse(readFileSync(join(root, "cloudbuild.yaml"), "utf8")) as {
  steps: { name: string; entrypoint?: string; args: string[] }[];
};

const npmScripts = (text: string) => [...text.matchAll(/npm run (\S+)/g)].map(([, name = ""]) => name);

it.each(workflows)("%s pins every action by its commit, with the version beside it", (file, { jobs }) => {
  const uses = Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => step.uses ?? []));
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/);
  const lines = readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line.includes("uses:"));
  for (const line of lines) expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

it.each(workflows)("%s gives each job the least, and a time", (_, { permissions, jobs }) => {
  expect(permissions).toEqual({});
  const allowed = ["contents: read", "id-token: write", "security-events: write"];
  for (const [name, job] of Object.entries(jobs)) {
    const given = Object.entries(job.permissions ?? {}).map(([scope, right]) => `${scope}: ${right}`);
    expect(given, name).toContain("contents: read");
    expect(allowed, name).toEqual(expect.arrayContaining(given));
    expect(job["timeout-minutes"], name).toBeGreaterThan(0);
    expect(job["runs-on"], name).not.toContain("latest");
  }
});

it.each(workflows)("%s has no key, and no text of others in a script", (file, { jobs }) => {
  const text = readFileSync(join(folder, file), "utf8");
  expect(text).not.toMatch(/secrets\.|credentials_json|PULUMI_ACCESS_TOKEN/);
  for (const { steps } of Object.values(jobs)) for (const { run = "" } of steps) expect(run).not.toContain("${{");
});

it.each(workflows)("%s runs scripts that there are", (_, { jobs }) => {
  const all = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => npmScripts(run ?? "")));
  expect(all).toContain("policy");
  for (const name of all) expect(Object.keys(scripts)).toContain(name);
});

it("does in Cloud Build what the workflow does", () => {
  const commands = (text: string) =>
    [...text.matchAll(/pulumi (preview|up|refresh) .*?--non-interactive/g)].map(([all]) => all.replaceAll("$$", "$"));
  const workflow = readFileSync(join(folder, "platform.yml"), "utf8");
  const cloud = build.steps.flatMap(({ args }) => commands(args.join("\n")));
  expect(cloud).toHaveLength(3);
  expect(cloud).toEqual(commands(workflow));
  for (const { name } of build.steps) expect(name).toMatch(/:(?!latest)[\w.-]+$/);
  for (const { entrypoint, args } of build.steps)
    if (entrypoint === "npm" && args[0] === "run") expect(Object.keys(scripts)).toContain(args[1]);
});

it("takes the CLI in the version of the SDK", () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = dependencies["@pulumi/pulumi"];
  const steps = workflows.flatMap(([, { jobs }]) => Object.values(jobs).flatMap((job) => job.steps));
  const versions = steps.flatMap((step) => step.with?.["pulumi-version"] ?? []);
  expect(new Set(versions)).toEqual(new Set([version]));
  for (const { name } of build.steps.filter((step) => step.name.includes("pulumi/")))
    expect(name).toContain(`:${version}`);
});
