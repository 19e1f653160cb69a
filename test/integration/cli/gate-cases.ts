// Gates by the command line: answered with and without changes, asked at, refused to whom a rule keeps from it.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { Changeable } from "@agentic/api/changes.ts";
import { describe, expect, test } from "vitest";
import { EYES, type GatePeople, TWO, workloads } from "../../attack/gate-people.ts";
import type { People } from "./people.ts";

const CHANGEABLE: Changeable = {
  title: { type: ["string"], maxLength: 20 },
  tone: { type: ["string"], enum: ["plain", "formal"] },
  pages: { type: ["number"] },
};

/** Declares the tests; what they act on is there once they run. */
export function gateCases(scene: () => { tenants: GatePeople; people: People }): void {
  describe("a gate", () => {
    test("is listed as waiting, shown, and opened by two different people, each in their own name", async () => {
      const { workload } = await scene().tenants.atGate(TWO);
      const { name = "" } = workload.metadata;
      const waiting = await scene().people.run("ann", TWO, ["list", "--waiting", "-o", "name"]);
      expect(waiting.out.split("\n")).toContain(`agentworkload.agentic.io/${name}`);
      const first = await scene().people.run("ann", TWO, ["approve", name, "--reason", "figures checked"]);
      expect(first).toEqual({
        code: 0,
        out: `${name}: approved by ann: 1 of 2 people have approved, the gate waits for more\n`,
        err: "",
      });
      const again = await scene().people.run("ann", TWO, ["approve", name]);
      expect([again.code, again.err]).toEqual([1, expect.stringContaining("you have approved already, ann")]);
      const story = await scene().people.run("carl", TWO, ["show", name]);
      expect(story.out).toMatch(
        /^Gate +waits, 2 people must approve\n +the policy would approve: confidence 0\.97 .*\n +approve by ann, \d+s ago: figures checked$/m,
      );
      expect((await scene().people.run("bob", TWO, ["approve", name])).out).toBe(`${name}: approved by bob\n`);
      await scene().tenants.statusOf(workload, ({ approval }) => approval?.decision === "approve");
    });

    test("is asked at, and replied to by who may change the workload, before it is answered", async () => {
      const { workload } = await scene().tenants.atGate(TWO);
      const { name = "" } = workload.metadata;
      expect((await scene().people.run("ann", TWO, ["ask", name, "  "])).err).toContain("say what you ask");
      const ask = await scene().people.run("ann", TWO, ["ask", name, "with tax?"]);
      expect([ask.out, ask.err]).toEqual([`${name}: asked by ann; the gate waits on\n`, ""]);
      const story = await scene().people.run("sam", TWO, ["show", name]);
      expect(story.out).toMatch(/^ +ann asks, \d+s ago: with tax\?\n +no reply yet: `agentic reply` gives one$/m);
      expect((await scene().people.run("bob", TWO, ["reply", name, "yes"])).err).toContain(
        "may answer at the gate, and change nothing else",
      );
      const reply = await scene().people.run("sam", TWO, ["reply", name, "yes, all of them"]);
      expect([reply.out, reply.err]).toEqual([`${name}: replied by sam to ann\n`, ""]);
      expect((await scene().people.run("ann", TWO, ["show", name])).out).toMatch(/^ +sam replies: yes, all of them$/m);
      const late = await scene().people.run("sam", TWO, ["reply", name, "once more"]);
      expect([late.code, late.err]).toEqual([1, expect.stringContaining(`nothing is asked of ${name}`)]);
      expect((await scene().people.run("ann", TWO, ["approve", name])).out).toContain("approved by ann");
    });

    test("is not opened by who has submitted the workload", async () => {
      const { workload } = await scene().tenants.atGate(EYES, "tara");
      const { code, err } = await scene().people.run("tara", EYES, ["approve", workload.metadata.name ?? ""]);
      expect(code).toBe(1);
      expect(err).toContain("you have submitted the workload, tara, so another person approves it");
    });

    test("is denied with a reason, which ends the workload; waiting for it tells so by the exit code", async () => {
      const { workload, run } = await scene().tenants.atGate(TWO);
      const { name = "" } = workload.metadata;
      expect((await scene().people.run("ann", TWO, ["deny", name])).code).toBe(2);
      expect((await scene().people.run("ann", TWO, ["deny", name, "-r", "wrong currency"])).out).toBe(
        `${name}: denied by ann\n`,
      );
      await scene().tenants.cluster.finish(run, "Failed");
      const ended = await scene().people.run("sam", TWO, ["wait", name]);
      expect([ended.code, ended.out]).toEqual([4, expect.stringMatching(/: Denied: .*wrong currency/)]);
    });

    test("that isn't there says so", async () => {
      await scene().tenants.submit("sam", TWO, { suspend: true });
      const [{ metadata }] = (await scene().tenants.cluster.client.list<AgentWorkload>(workloads(TWO))).filter(
        ({ spec }) => spec.suspend,
      ) as [AgentWorkload];
      const { code, err } = await scene().people.run("ann", TWO, ["approve", metadata.name ?? ""]);
      expect(code).toBe(1);
      expect(err).toContain("doesn't wait for an answer");
    });

    test("is approved with changes by flags and by a file, and whoever looks sees what was changed by whom", async () => {
      const { workload, run } = await scene().tenants.atGate(TWO, "sam", CHANGEABLE);
      const { name = "" } = workload.metadata;
      expect((await scene().people.run("ann", TWO, ["show", name])).out).toContain(
        "who approves may change pages, title, tone",
      );
      const file = scene().people.file("changes.yaml", "tone: formal\npages: 3\n");
      const first = await scene().people.run("ann", TWO, [
        "approve",
        name,
        "--set",
        "title=Kettles",
        "--changes",
        file,
      ]);
      expect([first.out, first.err]).toEqual([
        `${name}: approved by ann with title=Kettles, tone=formal, pages=3: 1 of 2 people have approved, the gate waits for more\n`,
        "",
      ]);
      for (const other of [[], ["--set", "title=Pots"]]) {
        const { code, err } = await scene().people.run("bob", TWO, ["approve", name, ...other]);
        expect([code, err]).toEqual([
          1,
          expect.stringContaining(
            `${name} is not answered: ann has approved with pages=3, title=Kettles, tone=formal, and each approval has the same changes`,
          ),
        ]);
      }
      const same = ["--set", "title=Kettles", "--set", "tone=formal", "--set", "pages=3"];
      expect((await scene().people.run("bob", TWO, ["approve", name, ...same])).code).toBe(0);
      const gate = await scene().tenants.cluster.untilDecided(run);
      const handedOn = gate.outputs?.parameters?.find((output) => output.name === "changes")?.value ?? "";
      expect(JSON.parse(handedOn)).toEqual({ title: "Kettles", tone: "formal", pages: "3" });
      await scene().tenants.statusOf(workload, ({ approval }) => approval?.decision === "approve");
      expect((await scene().people.run("sam", TWO, ["show", name])).out).toMatch(
        /^ +title is changed by ann, bob to: Kettles$/m,
      );
    });

    test.each([
      [["--set", "model=big"], "model: can't be changed at this gate: it has pages, title, tone"],
      [
        ["--set", "tone=loud", "--set", "pages=x"],
        "tone: must be one of plain, formal\npages: must be of type number, as JSON",
      ],
      [["--set", "title="], "title: must not be empty"],
      [["--set", "title"], "it must be name=value"],
      [["--changes", "title: a"], "no such file"],
      [["--set", "title=a", "--changes", "-"], "title is set by --set too"],
    ])("is not answered with %j: what is wrong is said, and nothing is written", async (flags, words) => {
      const { workload } = await scene().tenants.atGate(TWO, "sam", CHANGEABLE);
      const { name = "" } = workload.metadata;
      const { code, err } = await scene().people.run("ann", TWO, ["approve", name, ...flags], "title: b");
      expect([code !== 0, err]).toEqual([true, expect.stringContaining(words)]);
      const { metadata } = await scene().tenants.cluster.client.get<AgentWorkload>(`${workloads(TWO)}/${name}`);
      expect(Object.keys(metadata.annotations ?? {})).toEqual(["agentic.io/submitted-by"]);
    });
  });
}
