// The threat model names every attack's test, and nothing that isn't there.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nonEmpty } from "../../non-empty.ts";
import { mock, objects, program } from "../components/program.ts";

const root = join(import.meta.dirname, "../../..");
const text = readFileSync(join(root, "docs/threat-model.md"), "utf8");
const section = (title: string) => text.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
const rows = (title: string) =>
  section(title)
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| Boundary |") && !line.startsWith("| Attacker |"))
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | ?\|$/g, "").trim()));
const files = [...text.matchAll(/`((?:test|agents|operator|components)\/[\w./-]+\.ts)`/g)].map(([, file = ""]) => file);

describe("the threat model", () => {
  it("names files that are there", () => {
    expect(nonEmpty(files).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("names every test of an attack", () => {
    const tests = globSync("test/attack/{,node/}*.test.ts", { cwd: root });
    expect(nonEmpty(tests).filter((file) => !files.includes(file))).toEqual([]);
  });

  it("has a control and a test for each threat, or says that it isn't held off", () => {
    for (const [boundary, threat, control, test] of nonEmpty(rows("Threats"))) {
      expect([boundary, threat, control].every(Boolean), threat).toBe(true);
      if (!control?.startsWith("Not held off")) expect(test, threat).toMatch(/^`test\/.*\.test\.ts`$/);
    }
  });

  it("describes each boundary of the picture", () => {
    const numbers = [...section("Data flows and boundaries").matchAll(/"(\d+) /g)].map(([, number]) => Number(number));
    const described = rows("Data flows and boundaries").map(([boundary]) => Number.parseInt(boundary ?? "", 10));
    expect(described).toEqual(numbers.sort((a, b) => a - b));
  });

  it("names every admission policy of the platform", async () => {
    mock();
    const config = { tenants: [{ name: "demo" }], tenantImages: ["registry.test/agents:1"], sandbox: "gvisor" };
    const policies = objects(await program(config), "ValidatingAdmissionPolicy").map(({ metadata }) => metadata?.name);
    expect(nonEmpty(policies).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
