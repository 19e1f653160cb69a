// Each command of `agentic` by people with a tenant's roles and no others, against a real API server and operator.
import { stripVTControlCharacters } from "node:util";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { EYES, type GatePeople, startGatePeople, TWO, workloads } from "../../attack/gate-people.ts";
import { artifactCases } from "./artifact-cases.ts";
import { gateCases } from "./gate-cases.ts";
import { agentic, bash, People, terminal } from "./people.ts";

let tenants: GatePeople;
let people: People;
beforeAll(async () => {
  tenants = await startGatePeople();
  people = new People(tenants.cluster.kubeconfig);
}, 120_000);
afterAll(async () => {
  people?.remove();
  await tenants?.stop();
});

const flags = ["--objective", "compare prices", "--url", "https://example.com/", "--approval", "manual"];
const get = (space: string, name: string) => tenants.cluster.client.get<AgentWorkload>(`${workloads(space)}/${name}`);
const yaml = (name: string, spec: object = {}) =>
  JSON.stringify({
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name },
    spec: { objective: "compare prices", targetUrls: ["https://example.com/"], approval: { mode: "manual" }, ...spec },
  });

describe("submit", () => {
  test("makes a workload from flags in the submitter's own name, which four eyes demand", async () => {
    expect(await people.run("sam", EYES, ["submit", "by-flags", ...flags, "--model", "default"])).toEqual({
      code: 0,
      out: "by-flags: submitted by sam\n",
      err: "",
    });
    const { metadata, spec } = await get(EYES, "by-flags");
    expect(metadata.annotations?.[ANNOTATIONS.submittedBy]).toBe("sam");
    expect(spec).toMatchObject({ targetUrls: ["https://example.com/"], model: "default" });
  });

  test("makes those of files and of standard input", async () => {
    const file = people.file("two.yaml", `${yaml("of-file")}\n---\n${yaml("of-file-too")}\n`);
    const { code, out } = await people.run("sam", TWO, ["submit", "-f", file, "-"], yaml("of-input"));
    expect([code, out]).toEqual([
      0,
      "of-file: submitted by sam\nof-file-too: submitted by sam\nof-input: submitted by sam\n",
    ]);
  });

  test("makes none of several where one is wrong, and says the field", async () => {
    const wrong = yaml("wrong", { targetUrls: ["ftp://example.com/"] });
    const file = people.file("wrong.yaml", `${yaml("right")}\n---\n${wrong}\n`);
    const { code, out, err } = await people.run("sam", TWO, ["submit", "-f", file]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("spec.targetUrls[0]");
    await expect(get(TWO, "right")).rejects.toThrow("not found");
  });

  test("refuses a field that the API doesn't know", async () => {
    const { code, err } = await people.run("sam", TWO, ["submit", "-f", "-"], yaml("typo", { objectiv: "x" }));
    expect(code).toBe(1);
    expect(err).toContain('unknown field "spec.objectiv"');
  });

  test("with --dry-run makes nothing, and shows what the API server fills in", async () => {
    const { code, out } = await people.run("sam", TWO, ["submit", "dry", ...flags, "--dry-run"]);
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({
      metadata: { name: "dry" },
      spec: { approval: { mode: "manual", timeout: "30m" } },
    });
    await expect(get(TWO, "dry")).rejects.toThrow("not found");
  });

  test.each<[string, string[], string, string]>([
    ["no name", flags, "", "without --file, submit needs a name"],
    ["no pages", ["prices", "--objective", "x"], "", "without --file, submit needs --url"],
    ["flags beside a file", ["-f", "-", "--objective", "x"], yaml("a"), "leave out --objective"],
    ["another kind", ["-f", "-"], "kind: Pod\napiVersion: v1", "standard input, document 1: it is Pod of v1"],
    ["a file that isn't YAML", ["-f", "-"], "a: [", "standard input, document 1: "],
    ["no workload in it", ["-f", "-"], "---\n", "there is no AgentWorkload in it"],
    ["a file that isn't there", ["-f", "/no/such/file"], "", "no such file"],
  ])("says what is wrong: %s", async (_, args, input, words) => {
    const { code, err } = await people.run("sam", TWO, ["submit", ...args], input);
    expect(code).toBe(1);
    expect(err).toContain(words);
  });

  test("is refused to who may only approve, with what to do", async () => {
    const { code, err } = await people.run("ann", TWO, ["submit", "not-mine", ...flags]);
    expect(code).toBe(1);
    expect(err).toMatch(/^agentic: .*"ann" cannot create resource "agentworkloads".*\nsee what you may do by/);
  });
});

gateCases(() => ({ tenants, people }));

describe("list and show", () => {
  test("print a table, the newest first, and more where it is wide", async () => {
    const { code, out } = await people.run("sam", EYES, ["list", "-o", "wide"]);
    expect(code).toBe(0);
    const [heading = "", ...rows] = out.trimEnd().split("\n");
    expect(heading).toMatch(/^NAME +PHASE +STEP +AGE +TOOK +TEMPLATE +SUBMITTED BY +COST +MESSAGE$/);
    expect(rows.find((row) => row.startsWith("by-flags "))).toMatch(/ visual-analysis-template +sam /);
  });

  test("print for programs", async () => {
    const list = JSON.parse((await people.run("sam", EYES, ["list", "-o", "json"])).out);
    expect([list.kind, list.items.length > 0]).toEqual(["AgentWorkloadList", true]);
    expect(parse((await people.run("sam", EYES, ["show", "by-flags", "-o", "yaml"])).out)).toMatchObject({
      kind: "AgentWorkload",
      metadata: { name: "by-flags" },
    });
  });

  test("say where nothing is, and which namespaces somebody may not read", async () => {
    expect((await people.run("sam", EYES, ["list", "--phase", "Completed"])).out).toMatch(
      /^none of \d+ workloads in namespace tenant-eyes is such$/m,
    );
    const all = await people.run("sam", EYES, ["list", "-A"]);
    expect([all.code, all.err]).toEqual([1, expect.stringContaining("at the cluster scope")]);
    const absent = await people.run("sam", EYES, ["show", "absent"]);
    expect([absent.code, absent.err]).toEqual([1, expect.stringMatching(/"absent" not found\nsee what there is/)]);
  });
});

describe("a run", () => {
  test("is shown with its steps, watched on a terminal and in a log, and submitted again", async () => {
    const { workload, run } = await tenants.atGate(TWO);
    const { name = "" } = workload.metadata;
    expect((await people.run("sam", TWO, ["show", name])).out).toMatch(
      /^STEP +PHASE +TOOK +MESSAGE\napproval-gate +Running /m,
    );
    await tenants.cluster.finish(run, "Failed");
    await tenants.statusOf(workload, ({ phase }) => phase === "Failed");
    const env = { KUBECONFIG: people.kubeconfig("sam", TWO) };
    const onTerminal = await terminal(`agentic watch ${name}`, env);
    expect(onTerminal.code).toBe(3);
    expect(stripVTControlCharacters(onTerminal.out)).toMatch(
      new RegExp(`${name} +Failed[^]*STEP +PHASE +TOOK[^]*approval-gate`),
    );
    const inLog = await people.run("sam", TWO, ["watch", name]);
    expect([inLog.code, inLog.out]).toEqual([3, expect.stringMatching(new RegExp(`^${name}: Failed: .*\n$`))]);
    const again = await people.run("sam", TWO, ["resubmit", name, "--as", "once-more", "--model", "large"]);
    expect(again.out).toBe("once-more: submitted by sam\n");
    const { spec } = await get(TWO, name);
    expect((await get(TWO, "once-more")).spec).toEqual({ ...spec, model: "large" });
    const changes = ["--approval", "auto", "-p", "depth=3", "-p", "a=b=c"];
    const tried = await people.run("sam", TWO, ["resubmit", name, ...changes, "--dry-run"]);
    expect(parse(tried.out)).toMatchObject({
      spec: { objective: spec.objective, approval: { mode: "auto" }, parameters: { depth: "3", a: "b=c" } },
    });
    const twice = await people.run("sam", TWO, ["resubmit", name, "-p", "depth=3", "-p", "depth=4"]);
    expect([twice.code, twice.err]).toEqual([2, expect.stringContaining("depth is there twice")]);
  });
});

describe("template", () => {
  test("lists what the tenant may run, and shows the parameters that a workload may give", async () => {
    expect((await people.run("sam", TWO, ["template", "list"])).out).toMatch(
      /^NAME +CHANNEL +OWNER +TITLE\nvisual-analysis-template /,
    );
    const { out } = await people.run("sam", TWO, ["template", "show", "visual-analysis-template"]);
    expect(out).toMatch(/^Template +tenant-two\/visual-analysis-template$/m);
    expect(out).not.toContain("minio_bucket");
    expect((await people.run("sam", TWO, ["template", "show", "absent"])).err).toContain('"absent" not found');
  });
});

describe("completion", () => {
  test("has bash offer commands and options", async () => {
    const script = `source /usr/share/bash-completion/bash_completion
      source <(agentic completion bash)
      compopt() { :; }
      offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}; __agentic_complete; echo "\${COMPREPLY[@]}"; }
      offer agentic sub
      offer agentic list --wai
      offer agentic list --phase Comp`;
    const { out } = await bash(script);
    expect(out).toBe("submit\n--waiting\nCompleted\n");
  });
});

describe("suspend, resume, wait and delete", () => {
  test("do so", async () => {
    await people.run("sam", EYES, ["submit", "cycle", ...flags]);
    expect((await people.run("sam", EYES, ["suspend", "cycle"])).out).toBe("cycle: suspended\n");
    expect((await get(EYES, "cycle")).spec.suspend).toBe(true);
    expect((await people.run("sam", EYES, ["resume", "cycle"])).out).toBe("cycle: resumed\n");
    expect((await get(EYES, "cycle")).spec.suspend).toBe(false);
    const early = await people.run("sam", EYES, ["wait", "cycle", "--timeout", "1s"]);
    expect([early.code, early.err]).toEqual([5, "agentic: cycle has not ended within 1 s; it goes on\n"]);
    expect((await people.run("sam", EYES, ["delete", "cycle"])).out).toBe("cycle: deleted\n");
    expect((await people.run("sam", EYES, ["suspend", "cycle"])).code).toBe(1);
  });
});

describe("without an API server", () => {
  test("says how to get one", async () => {
    const config = people.kubeconfig("sam", EYES);
    const { code, err } = await agentic(["list", "--kubeconfig", `${config}-absent`]);
    expect([code, err]).toEqual([1, expect.stringContaining("does not exist: is the cluster up?")]);
    const closed = people.file(
      "closed",
      JSON.stringify({
        "current-context": "a",
        contexts: [{ name: "a", context: { cluster: "a" } }],
        clusters: [{ name: "a", cluster: { server: "http://127.0.0.1:9" } }],
      }),
    );
    const refused = await agentic(["list", "--kubeconfig", closed]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("`make up` starts the embedded one")]);
  });

  test.each<[string[], number, RegExp]>([
    [["--help"], 0, /Exit codes: 0 done/],
    [["submit", "--help"], 0, /Examples:\n {2}agentic submit prices/],
    [["nonsense"], 2, /^$/],
    [["wait", "prices", "--timeout", "soon"], 2, /^$/],
    [["list", "-o", "xml"], 2, /^$/],
  ])("%j ends with %i", async (args, code, out) => {
    const run = await agentic(args);
    expect([run.code, run.out]).toEqual([code, expect.stringMatching(out)]);
    if (code !== 0) expect(run.err).toMatch(/^error: /);
  });
});

artifactCases(() => ({ tenants, people }));
