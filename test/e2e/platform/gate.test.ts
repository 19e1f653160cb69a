// The gate keeps a report from being made that nobody should trust, and waits for whoever is to answer.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPORT_CHANGES } from "@agentic/api/changes.ts";
import { describe, expect, it } from "vitest";
import { get, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { parseWorkload } from "../../../embedded/cli/sample.ts";
import { introduce } from "./person.ts";
import { artifact, namespace, nodes, onePage, platform, start, until, untilEnded, workload } from "./platform.ts";

function example(name: string) {
  const file = join(import.meta.dirname, "../../../examples", name);
  return parseWorkload(readFileSync(file, "utf8"), file).workload;
}

/** README's command for an approval, of this workload. */
function approvalOfReadme(name: string): string {
  const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
  const [, command] = /```\n(kubectl annotate aw prices [^`]*)```/.exec(readme) ?? [];
  if (!command) throw new Error("README has no command for an approval");
  return command.replace("aw prices", `aw ${name}`);
}

describe("the gate", () => {
  it.concurrent("denies what the analysis is not sure of, and no report is made", async ({ expect }) => {
    const object = example("low-confidence.yaml");
    await start(object);
    const { status } = await untilEnded(object.metadata.name);
    expect(status?.phase, JSON.stringify(status)).toBe("Denied");
    expect(Object.keys(status?.workflowArtifacts ?? {})).not.toContain("report");
    expect((await nodes(object.metadata.name)).synthesis?.phase).toBe("Skipped");
  });

  it.concurrent("denies what nobody answers in time, with no operator alive", async ({ expect }) => {
    const name = "unanswered";
    await start(workload(name, { ...onePage, approval: { mode: "manual", timeout: "20s" } }));
    await until(name, ({ status }) => status?.phase === "AwaitingApproval");
    await kubectl(platform, ["scale", "-n", "agentic-system", "deployment/agentic-operator", "--replicas=0"]);
    try {
      const before = await get<{ status?: { argoWorkflow?: { name: string } } } & Parameters<typeof start>[0]>(
        platform,
        "agentworkload",
        name,
        namespace,
      );
      await kubectl(platform, [
        "wait",
        "-n",
        namespace,
        `workflow/${before?.status?.argoWorkflow?.name}`,
        "--for=jsonpath={.status.phase}=Succeeded",
        "--timeout=90s",
      ]);
      // Nobody has told the workload: it was the engine that ended the wait.
      await expect(get(platform, "agentworkload", name, namespace)).resolves.toMatchObject({
        status: { phase: "AwaitingApproval" },
      });
    } finally {
      await kubectl(platform, ["scale", "-n", "agentic-system", "deployment/agentic-operator", "--replicas=1"]);
    }
    const { status } = await untilEnded(name);
    expect(status?.phase).toBe("Denied");
    expect((await nodes(name)).synthesis?.phase).toBe("Skipped");
  });

  it("is decided by an approver as README says, after the operator was killed while it waited", async () => {
    const name = "operator-killed";
    await start(workload(name, { ...onePage, approval: { mode: "manual", timeout: "10m" } }));
    await until(name, ({ status }) => status?.phase === "AwaitingApproval");
    const operators = await list(platform, "pods", "agentic-system");
    await kubectl(platform, [
      "delete",
      "pod",
      "-n",
      "agentic-system",
      ...operators.map(({ metadata }) => metadata.name),
      "--grace-period=0",
      "--force",
    ]);
    await using anna = await introduce("anna", "approver", namespace);
    const edit = `kubectl patch aw ${name} -n ${namespace} --type merge -p '{"spec":{"suspend":true}}'`;
    expect(anna.run(edit)).toMatchObject({
      code: 1,
      output: expect.stringContaining("anna may answer at the gate, and change nothing else of a workload"),
    });
    expect(anna.run(approvalOfReadme(name))).toMatchObject({ code: 0 });
    const { status } = await untilEnded(name);
    expect(status?.phase, JSON.stringify(status)).toBe("Completed");
    const digest = expect.stringMatching(/^sha256:/);
    const evidence = { scrape: digest, screenshot: digest, dom: digest, analysis: digest };
    expect(status).toMatchObject({
      approval: { decision: "approve", by: "anna", answers: [{ decision: "approve", by: "anna", evidence }] },
    });
  });

  it("is approved with changes, which the report has and names, after what can't be changed was refused", async () => {
    const name = "changed";
    await start(workload(name, { ...onePage, approval: { mode: "manual", timeout: "10m" } }));
    const { status: waiting } = await until(name, ({ status }) => status?.phase === "AwaitingApproval");
    expect(waiting).toMatchObject({ approval: { changeable: REPORT_CHANGES } });
    await using nora = await introduce("nora", "approver", namespace);
    const agentic = `${process.execPath} ${join(import.meta.dirname, "../../../cli/main.ts")}`;
    const approve = `${agentic} approve ${name} -n ${namespace}`;
    expect(nora.run(`${approve} --set model=bigger`)).toMatchObject({
      code: 1,
      output: expect.stringContaining("model: can't be changed at this gate: it has instructions, title"),
    });
    const forged = `kubectl annotate aw ${name} -n ${namespace} change.agentic.io/title=Mine`;
    expect(nora.run(forged)).toMatchObject({
      code: 1,
      output: expect.stringContaining("change.agentic.io/title: something is changed with an approval alone"),
    });
    const title = `Teas "of the day" & more`;
    const file = `instructions: |\n  Name the prices.\n  Be brief.\n`;
    const given = nora.run(`printf '${file}' | ${approve} --set title='${title}' --changes -`);
    expect(given, given.output).toMatchObject({ code: 0 });
    const done = await untilEnded(name);
    expect(done.status?.phase, JSON.stringify(done.status)).toBe("Completed");
    const instructions = "Name the prices.\nBe brief.\n";
    const changes = { title: { value: title, by: ["nora"] }, instructions: { value: instructions, by: ["nora"] } };
    expect(done.status).toMatchObject({ approval: { by: "nora", changes } });
    expect(done.metadata.annotations ?? {}).not.toHaveProperty(["change.agentic.io/title"]);
    const report = (await artifact(done, "report")).toString();
    expect(report.split("\n")[0]).toBe(`# ${title}`);
    expect(report).toContain(`## Changed at the approval\n`);
    expect(report).toContain("- instructions: Name the prices. Be brief.");
  });
});
