// The workflows of CI: what they run exists, what they take is pinned, what they may is the least, and none needs a variable.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { statementTypes } from "../../../components/security/statement-policies.ts";
import { ownImages } from "../../../embedded/images/own.ts";
import { nonEmpty } from "../../non-empty.ts";

const root = join(import.meta.dirname, "../../..");
const folder = join(root, ".github/workflows");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string>;
}
interface Job {
  if?: string;
  needs?: string | string[];
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  "runs-on"?: string;
  container?: { image: string };
  strategy?: { matrix: { include?: Record<string, string>[] } };
  /** Of a job that calls another workflow: it has no steps then. */
  uses?: string;
  with?: Record<string, string>;
  steps?: Step[];
}
interface Workflow {
  on: Record<string, { inputs?: Record<string, { required: boolean }> } | null>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const files = readdirSync(folder);
const workflows = files.map((file) => [file, parse(readFileSync(join(folder, file), "utf8")) as Workflow] as const);
const build = parse(readFileSync(join(root, "cloudbuild.yaml"), "utf8")) as {
  steps: { name: string; entrypoint?: string; args: string[] }[];
};

const workflow = (file: string) => parse(readFileSync(join(folder, file), "utf8")) as Workflow;
const npmScripts = (text: string) =>
  [...text.matchAll(/npm (?:run (\S+)|(test))/g)].map(([, name, test]) => name ?? test ?? "");
const commandsOf = ({ steps = [] }: Job) => steps.map(({ run = "" }) => run).join("\n");
/** Jobs that run on a machine, and those that call another workflow. */
const machines = (jobs: Record<string, Job>) => Object.entries(jobs).filter(([, job]) => job.uses === undefined);
const callers = (jobs: Record<string, Job>) => Object.entries(jobs).filter(([, job]) => job.uses !== undefined);

it.each(nonEmpty(workflows))("%s pins every action by its commit, with the version beside it", (file, { jobs }) => {
  const uses = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap((step) => step.uses ?? []));
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/);
  const lines = readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line.includes("uses:") && !line.includes("uses: ./"));
  for (const line of nonEmpty(lines)) expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

it.each(nonEmpty(workflows))("%s gives each job the least, and a time", (file, { permissions, jobs }) => {
  expect(permissions).toEqual({});
  const allowed = ["contents: read", "id-token: write", "security-events: write"];
  // Only what publishes images writes packages.
  if (file === "images.yml") allowed.push("packages: write");
  for (const [name, job] of nonEmpty(Object.entries(jobs))) {
    const rights = Object.entries(job.permissions ?? {}).map(([scope, right]) => `${scope}: ${right}`);
    expect(rights, name).toContain("contents: read");
    expect(allowed, name).toEqual(expect.arrayContaining(rights));
  }
  for (const [name, job] of machines(jobs)) {
    expect(job["timeout-minutes"], name).toBeGreaterThan(0);
    expect(job["runs-on"], name).not.toContain("latest");
  }
});

it.each(nonEmpty(workflows))("%s has no key, and no text of others in a script", (file, { jobs }) => {
  const text = readFileSync(join(folder, file), "utf8");
  expect(text).not.toMatch(/secrets\.|credentials_json|PULUMI_ACCESS_TOKEN/);
  for (const job of nonEmpty(Object.values(jobs))) expect(commandsOf(job)).not.toContain("${{");
});

it("the workflows run scripts that there are", () => {
  const jobs = workflows.flatMap(([, workflow]) => Object.values(workflow.jobs));
  const names = jobs.flatMap((job) => npmScripts(commandsOf(job)));
  expect(names).not.toEqual([]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names));
});

it("checks types, lint, unit and policy tests of each pull request without a variable of the repository", () => {
  const { on, jobs } = workflow("ci.yml");
  expect(Object.keys(on)).toEqual(expect.arrayContaining(["pull_request", "push", "schedule"]));
  expect(npmScripts(commandsOf(jobs.check ?? {}))).toEqual(["check", "test"]);
  expect(scripts.check).toBe("npm run typecheck && npm run lint");
  expect(scripts.test).toBe("vitest run --project unit --project policy");
  for (const name of ["check", "policies"]) expect(JSON.stringify(jobs[name])).not.toContain("vars.");
});

it("runs make test every night, on the Node of the repository", () => {
  const { nightly } = workflow("ci.yml").jobs;
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  expect(nightly?.if).toContain("github.event_name == 'schedule'");
  expect(commandsOf(nightly ?? {})).toContain("make test");
  expect(nightly?.container?.image).toBe(`docker.io/library/node:${devDependencies.node}-bookworm`);
});

it("brings a stack up after the checks, and only where the repository names one", () => {
  const { jobs } = workflow("ci.yml");
  const calls = callers(jobs);
  expect(calls.map(([name]) => name)).toEqual(["preview", "up", "drift"]);
  expect(jobs.up?.needs).toEqual(["check", "policies"]);
  expect(jobs.up?.if).toContain("github.ref == 'refs/heads/main'");
  const called = workflow("platform.yml");
  expect(Object.keys(called.on)).toEqual(["workflow_call"]);
  for (const [name, job] of nonEmpty(calls)) {
    expect(job.if, name).toContain("vars.PULUMI_STACK != ''");
    expect(job.uses, name).toBe("./.github/workflows/platform.yml");
    expect(job.with?.action, name).toBe(name);
    expect(Object.keys(job.with ?? {}), name).toEqual(Object.keys(called.on.workflow_call?.inputs ?? {}));
    // A called workflow has no right that its caller lacks.
    for (const [, { permissions }] of nonEmpty(machines(called.jobs)))
      expect(job.permissions, name).toEqual(permissions);
  }
});

it("does in Cloud Build what the workflow does", () => {
  const commands = (text: string) =>
    [...text.matchAll(/pulumi (preview|up|refresh) .*?--non-interactive/g)].map(([all]) => all.replaceAll("$$", "$"));
  const platform = readFileSync(join(folder, "platform.yml"), "utf8");
  const cloud = build.steps.flatMap(({ args }) => commands(args.join("\n")));
  expect(cloud).toHaveLength(3);
  expect(cloud).toEqual(commands(platform));
  for (const { name } of nonEmpty(build.steps)) expect(name).toMatch(/:(?!latest)[\w.-]+$/);
  for (const { entrypoint, args } of nonEmpty(build.steps))
    if (entrypoint === "npm" && args[0] === "run") expect(Object.keys(scripts)).toContain(args[1]);
});

it("takes the CLI in the version of the SDK", () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = dependencies["@pulumi/pulumi"];
  const steps = workflows.flatMap(([, { jobs }]) => Object.values(jobs).flatMap((job) => job.steps ?? []));
  const versions = steps.flatMap((step) => step.with?.["pulumi-version"] ?? []);
  expect(new Set(versions)).toEqual(new Set([version]));
  for (const { name } of nonEmpty(build.steps.filter((step) => step.name.includes("pulumi/"))))
    expect(name).toContain(`:${version}`);
});

describe("the workflow that publishes images", () => {
  const { on, jobs } = workflow("images.yml");
  const steps = jobs.publish?.steps ?? [];
  const commands = commandsOf(jobs.publish ?? {});

  it("takes release tags alone: no branch and no pull request gets an identity", () => {
    expect(on).toEqual({ push: { tags: ["v*"] } });
    expect(Object.keys(jobs)).toEqual(["publish"]);
  });

  it("builds each of the platform's own images from its Dockerfile", () => {
    const expected = Object.values(ownImages).map(({ repository, folder }) => ({
      image: repository.slice(repository.lastIndexOf("/") + 1),
      folder,
    }));
    expect(jobs.publish?.strategy?.matrix.include).toEqual(expected);
  });

  it("signs by digest and attests each kind of statement that make up does, both in the older form and as a bundle", () => {
    const signing = steps.find(({ run = "" }) => run.includes("cosign sign"))?.run ?? "";
    expect(signing.match(/--new-bundle-format=\w+/g)).toEqual([
      "--new-bundle-format=false",
      "--new-bundle-format=true",
    ]);
    const attested = [
      ...signing.matchAll(/cosign attest --yes \$form --type (\S+) --predicate predicates\/(\w+)\.json "\$REF"/g),
    ];
    expect(Object.fromEntries(attested.map(([, type, file]) => [file, type]))).toEqual({
      provenance: statementTypes.provenance,
      sbom: statementTypes.sbom,
      scan: statementTypes.vulnerabilities,
    });
    expect(commands).toContain("{{index .RepoDigests 0}}");
    expect(commands).toMatch(/cosign\/v3\/cmd\/cosign@v\d+\.\d+\.\d+$/m);
  });

  it("attests what the repository's own script has written, before it signs", () => {
    const at = (text: string) => steps.findIndex(({ run = "" }) => run.includes(text));
    expect(at("npm run attest")).toBeGreaterThan(at("docker push"));
    expect(at("cosign sign")).toBeGreaterThan(at("npm run attest"));
    expect(scripts.attest).toBe("node embedded/images/attest/write-predicates.ts");
  });
});
