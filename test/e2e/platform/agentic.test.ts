// The command `agentic`, each part of it as somebody of a tenant without any right beyond their role there.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENT_SCHEDULE, ANNOTATIONS, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { createProgram } from "../../../cli/program.ts";
import { apply, kubectl } from "../../../embedded/cli/cluster.ts";
import { consoleAuthority } from "../../../embedded/cli/console.ts";
import "../../child-coverage.ts";
import { agentic, type Run } from "../../integration/cli/people.ts";
import { origin, root } from "./console-visit.ts";
import { namespace, platform, site, stepPods, until } from "./platform.ts";

const folder = mkdtempSync(join(tmpdir(), "agentic-"));
/** The parts of the command that were run. */
const ran = new Set<string>();

/** Accounts of the tenant's namespace, each with one role: by their tokens the console knows them, too. */
const roles = { ursula: "user", ada: "approver", tom: "tenant-admin" } as const satisfies Record<string, MemberRole>;
type Person = keyof typeof roles;

const environment = (person: Person): Record<string, string> => ({
  KUBECONFIG: join(folder, person),
  AGENTIC_CONSOLE: origin,
  AGENTIC_CONSOLE_CA: join(folder, "console.crt"),
});

/** Runs a part of the command to its end as somebody: its words, then what it is given. */
async function run(person: Person, part: string, ...args: string[]): Promise<Run> {
  ran.add(part);
  return await agentic([...part.split(" "), ...args], environment(person));
}

/** Runs it and returns what it prints; it must end well. */
async function printed(person: Person, part: string, ...args: string[]): Promise<string> {
  const { code, out, err } = await run(person, part, ...args);
  expect(code, `agentic ${part} ${args.join(" ")}: ${err}`).toBe(0);
  return out;
}

/** The name by which the API server knows them. */
const userOf = (person: Person): string => `system:serviceaccount:${namespace}:${person}`;

const submission = ["--objective", "Say what the products cost", "--url", `${site}/products.html`];

beforeAll(async () => {
  const ca = readFileSync(join(platform.kubeconfig, "../pki/ca.crt"), "utf8");
  writeFileSync(join(folder, "console.crt"), await consoleAuthority(platform));
  for (const [name, role] of Object.entries(roles)) {
    await kubectl(platform, ["create", "serviceaccount", name, "-n", namespace]);
    await kubectl(platform, [
      ...["create", "rolebinding", name, "-n", namespace],
      ...[`--role=${memberRoleName(role)}`, `--serviceaccount=${namespace}:${name}`],
    ]);
    const token = (await kubectl(platform, ["create", "token", name, "-n", namespace])).trim();
    const cluster = { server: platform.server, "certificate-authority-data": Buffer.from(ca).toString("base64") };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "node", cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: "node", user: name, namespace } }],
      "current-context": name,
    };
    writeFileSync(join(folder, name), stringify(config), { mode: 0o600 });
  }
});

afterAll(async () => {
  for (const name of Object.keys(roles))
    await kubectl(platform, ["delete", `serviceaccount/${name}`, `rolebinding/${name}`, "-n", namespace]);
  rmSync(folder, { recursive: true });
});

describe("a workload at whose gate somebody answers", () => {
  const name = "by-command";

  it("is submitted, and its log is followed while its pod runs", async () => {
    const said = await printed("ursula", "submit", name, ...submission, "--approval", "manual");
    expect(said).toBe(`${name}: submitted by ${userOf("ursula")}\n`);
    await until(name, () => true);
    await expect.poll(() => stepPods(name, "scrape"), { timeout: 60_000 }).toHaveLength(1);
    expect(await printed("ursula", "logs", name, "scrape", "--follow")).toContain("products.html");
  });

  it("is listed and shown with what it waits for, and asked about", async () => {
    await until(name, ({ status }) => status?.phase === "AwaitingApproval");
    expect(await printed("ada", "list", "--waiting")).toMatch(new RegExp(`^${name} `, "m"));
    expect(await printed("ursula", "show", name)).toMatch(/AwaitingApproval/);
    await printed("ada", "ask", name, "with tax?");
    await expect.poll(() => printed("ursula", "show", name), { timeout: 30_000 }).toContain("with tax?");
    await printed("ursula", "reply", name, "with tax");
    await expect.poll(() => printed("ada", "show", name), { timeout: 30_000 }).toContain(": with tax");
  });

  it("is not approved by a user, but by an approver, while its end is waited for", async () => {
    expect(await run("ursula", "approve", name)).toMatchObject({ code: 1, err: expect.stringContaining("forbidden") });
    const ended = printed("ursula", "wait", name, "--timeout", "3m");
    const watched = printed("ada", "watch", name);
    await printed("ada", "approve", name, "--reason", "figures checked");
    await ended;
    expect(await watched).toMatch(/synthesis/);
  });

  it("has left artifacts and a report, which its people read through the console", async () => {
    expect(await printed("ursula", "artifacts list", name)).toMatch(/^synthesis +report +\d+ +text\/plain/m);
    const file = join(folder, "report.md");
    await printed("ada", "artifacts get", name, "report", "--to", file);
    expect(readFileSync(file, "utf8")).toMatch(/^# Say what the products cost/);
    expect(await printed("ursula", "report", name)).toBe(readFileSync(file, "utf8"));
    expect(await printed("ursula", "open", name, "--print")).toMatch(new RegExp(`^${origin}/sign-in\\S+#code=\\S+\n$`));
  });

  it("is run again beside the first, and the two are compared", async () => {
    const again = `${name}-again`;
    const replayed = printed("ursula", "replay", name, "--as", again);
    await expect.poll(() => printed("ursula", "list", "-o", "name"), { timeout: 30_000 }).toContain(again);
    await until(again, ({ status }) => status?.phase === "AwaitingApproval");
    await printed("ada", "approve", again);
    expect(await replayed).toMatch(/^confidence /m);
    expect(await printed("ada", "compare", name, again)).toMatch(/^confidence /m);
  });

  it("has its logs by step, also when its Workflow and its pods are gone", async () => {
    const before = await printed("ursula", "logs", name, "scrape");
    const of = ["-n", namespace];
    const path = "jsonpath={.status.argoWorkflow.name}";
    const workflow = (await kubectl(platform, ["get", "agentworkload", name, ...of, "-o", path])).trim();
    await kubectl(platform, ["delete", "workflow", workflow, ...of]);
    const pods = ["get", "pods", ...of, "-l", `workflows.argoproj.io/workflow=${workflow}`, "-o", "name"];
    await expect.poll(() => kubectl(platform, pods), { timeout: 60_000 }).toBe("");
    const kept = (await printed("ada", "logs", name, "scrape")).trim().split("\n");
    expect(kept.join()).toContain("products.html");
    expect(kept.filter((line) => !before.includes(line))).toEqual([]);
    const other = await run("ursula", "logs", name, "nothing");
    expect(other.code).toBe(1);
    for (const step of ["scrape", "screenshot", "dom", "analysis", "synthesis"]) expect(other.err).toContain(step);
  });
});

describe("a workload that is changed on its way", () => {
  const name = "by-command-denied";

  it("is suspended, resumed and denied", async () => {
    await printed("ursula", "submit", name, ...submission, "--approval", "manual");
    await printed("ursula", "suspend", name);
    await until(name, ({ status }) => /^suspended/.test(status?.message ?? ""));
    await printed("ursula", "resume", name);
    await until(name, ({ status }) => status?.phase === "AwaitingApproval");
    await printed("ada", "deny", name, "--reason", "wrong pages");
    expect(await run("ursula", "wait", name)).toMatchObject({ code: 4, out: expect.stringContaining("wrong pages") });
  });

  it("is submitted again, from where it ended or anew, and deleted", async () => {
    await printed("ursula", "retry", name, "--as", `${name}-retried`);
    await until(`${name}-retried`, ({ status }) => status?.phase === "AwaitingApproval");
    await printed("ursula", "resubmit", name, "--as", `${name}-anew`, "--dry-run");
    for (const each of [name, `${name}-retried`]) await printed("ursula", "delete", each);
    expect(await printed("ursula", "list", "-o", "name")).not.toContain(name);
  });
});

it("a schedule is listed, shown, held up, resumed and run beside its times", async () => {
  const name = "by-command-leap-day";
  const schedule = {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_SCHEDULE.kind,
    metadata: { name, namespace, annotations: { [ANNOTATIONS.submittedBy]: userOf("ursula") } },
    spec: {
      schedule: { cron: "0 0 29 2 *" },
      workload: { spec: { objective: "Say what the products cost", targetUrls: [`${site}/products.html`] } },
    },
  };
  await apply({ kubeconfig: join(folder, "ursula"), bin: platform.bin }, [schedule]);
  try {
    expect(await printed("ada", "schedule list")).toMatch(new RegExp(`^${name} +0 0 29 2 \\*`, "m"));
    await printed("ursula", "schedule suspend", name);
    expect((await run("ada", "schedule resume", name)).code).toBe(1);
    await printed("ursula", "schedule resume", name);
    expect(await printed("ada", "schedule show", name)).toMatch(new RegExp(`^Submitted by +${userOf("ursula")}$`, "m"));
    await printed("ursula", "schedule run", name, "--as", `${name}-now`);
    expect(await printed("ursula", "list", "-o", "name")).toContain(`${name}-now`);
    await printed("ursula", "delete", `${name}-now`);
  } finally {
    await kubectl(platform, ["delete", AGENT_SCHEDULE.plural, name, "-n", namespace]);
  }
});

it("templates are listed, shown, judged and drawn", async () => {
  const template = "visual-analysis-template";
  expect(await printed("ursula", "template list")).toMatch(new RegExp(`^${template} `, "m"));
  expect(await printed("ursula", "template show", template)).toMatch(/^Takes +model/m);
  await printed("ursula", "template lint", template);
  expect(await printed("ursula", "template draw", template, "--as", "mermaid")).toMatch(/approval-gate/);
});

it("the tenant, the installation and what a maintainer needs are told as far as each person's rights go", async () => {
  expect(await printed("tom", "tenant")).toMatch(/ada/);
  expect(await printed("ursula", "tenant")).toMatch(/tenant-admin/);
  const { code, out } = await run("ursula", "doctor", "--no-probe", "-o", "json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(expect.anything());
  const bundle = join(folder, "bundle.tar.gz");
  await printed("tom", "support-bundle", "-o", bundle);
  expect(readFileSync(bundle).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
});

it("an assistant has the person's rights", async () => {
  ran.add("mcp");
  const assistant = new Client({ name: "test", version: "1" });
  await assistant.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(root, "cli/main.ts"), "mcp"],
      env: { PATH: process.env.PATH ?? "", ...environment("ada") },
    }),
  );
  const { tools } = await assistant.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(expect.arrayContaining(["list_workloads"]));
  await assistant.close();
});

it("shells complete it with what is there", async () => {
  expect(await printed("ursula", "completion", "bash")).toMatch(/complete .*agentic/);
});

it("no part of it is left out", () => {
  const parts = ({ commands }: ReturnType<typeof createProgram>, words: readonly string[] = []): string[] =>
    commands.length === 0 ? [words.join(" ")] : commands.flatMap((each) => parts(each, [...words, each.name()]));
  const all = parts(createProgram()).filter((part) => !["help", "complete"].includes(part));
  expect([...ran].sort()).toEqual(all.sort());
});
