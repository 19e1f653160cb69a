// Arguments, variables and scripts that no program could be started with.
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkExecSize, LARGEST_TOTAL, LONGEST_STRING } from "../../../embedded/engine/core/exec-size.ts";
import type { Template } from "../../../embedded/engine/core/types.ts";
import { argument, dag, pod, run } from "./templates.ts";

describe("what a program is started with", () => {
  const long = "x".repeat(LONGEST_STRING + 1);
  const messageOf = (template: Partial<Template>, value = long) => {
    const cluster = run([pod("main", template)], () => ({ exitCode: 1 }), { arguments: argument("long", value) });
    expect(cluster.created).toEqual([]);
    expect(cluster.node("wf")?.phase).toBe("Error");
    return cluster.node("wf")?.message ?? "";
  };
  const text = "{{workflow.parameters.long}}";
  const env = (value: string) => [{ name: "V", value }];

  test("is told to be too long by its field, before there is a pod", () => {
    expect(messageOf({ container: { image: "i", args: ["a", text] } })).toContain(
      "container.args[1]: 131072 bytes are more than the 131071",
    );
    expect(messageOf({ container: { image: "i", command: [text] } })).toContain("container.command[0]: ");
    expect(messageOf({ container: { image: "i", env: env(text) } })).toContain("container.env[0] (V): 131074 bytes");
    expect(messageOf({ initContainers: [{ name: "x", image: "i", args: [text] }] })).toContain(
      "initContainers[0].args[0]: ",
    );
    expect(
      messageOf({ container: undefined, script: { image: "i", source: "", env: env(text) } } as unknown as Template),
    ).toContain("script.env[0] (V): ");
    expect(messageOf({ container: { image: "i", args: ["$(V)$(V)"], env: env(text) } }, "x".repeat(70_000))).toContain(
      "container.args[0]: 140000 bytes",
    );
    const args = Array.from({ length: 30 }, () => text);
    expect(messageOf({ container: { image: "i", args } }, "x".repeat(100_000))).toContain(
      "container: command, arguments and environment have",
    );
    expect(messageOf({ metadata: { annotations: { a: "x".repeat(300_000) } } })).toContain("metadata.annotations: ");
  });

  test("is told of an item that makes too long a name, without saying the name over and over", () => {
    const items = [{ name: "each", template: "p", withItems: ["x".repeat(270_000)] }];
    for (const main of [dag(items), { name: "main", steps: [items] }]) {
      const cluster = run([main, pod("p")]);
      expect(cluster.created).toEqual([]);
      const { message = "" } = cluster.workflow.status ?? {};
      expect(message).toContain("metadata.annotations: the pod's annotations have");
      expect(message.length).toBeLessThan(3000);
    }
  });

  test("may be a script of any length that a pod can carry", () => {
    const script = (source: string) =>
      ({ container: undefined, script: { image: "i", command: ["sh"], source } }) as unknown as Template;
    expect(run([pod("main", script("x".repeat(250_000)))]).created).toEqual(["wf"]);
    expect(messageOf(script("x".repeat(262_144)))).toMatch(
      /^script\.source: the pod's annotations have \d+ bytes \(the script has 262144 of them\)/,
    );
  });

  test("cannot grow without end by variables that hold variables", () => {
    const doubling = Array.from({ length: 60 }, (_, i) => ({ name: `V${i + 1}`, value: `$(V${i})$(V${i})` }));
    expect(() => checkExecSize({ env: [{ name: "V0", value: "xx" }, ...doubling] }, "c")).toThrow(
      /c\.env\[1\d\] \(V1\d\)/,
    );
    expect(() => checkExecSize({ env: env("xx"), args: ["$$(V)", "$(W)", "$(V"] }, "c")).not.toThrow();
  });

  test("is too long exactly where the kernel says so", () => {
    const starts = (args: string[], variables: Record<string, string> = {}) =>
      spawnSync("/bin/true", args, { env: variables }).error === undefined;
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 3 }), fc.boolean(), (more, multibyte) => {
        const value = multibyte ? `é${"x".repeat(LONGEST_STRING + more - 2)}` : "x".repeat(LONGEST_STRING + more);
        const fits = (check: () => void) => {
          try {
            check();
            return true;
          } catch {
            return false;
          }
        };
        expect(fits(() => checkExecSize({ args: [value] }, "c"))).toBe(starts([value]));
        const short = value.slice(2);
        expect(fits(() => checkExecSize({ env: env(short) }, "c"))).toBe(starts([], { V: short }));
      }),
      { numRuns: 14 },
    );
    expect(LARGEST_TOTAL).toBe((8 * 1024 * 1024) / 4);
  });
});
