// docs/rbac.md is what the program registers; `vitest run test/unit/docs/rbac.test.ts -u` writes it anew.
import { expect, test } from "vitest";
import { type RbacObject, rbacPage } from "../../../docs/generate/rbac.ts";
import { mock, objects, program } from "../components/program.ts";

test("the page of rights says what the program registers, without a wildcard", async () => {
  mock();
  const everything = {
    workflowEngine: "argo",
    eventEngine: "argo",
    telemetry: { mode: "builtin" },
    components: { policyController: { enabled: true, values: { internet: false, disableTuf: true } } },
    imagePolicies: [{ name: "any", images: ["**"], authorities: [{ static: "pass" }] }],
  };
  const programs = [objects(await program({})), objects(await program(everything))];
  const page = rbacPage(...(programs as RbacObject[][]));
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((row) => /(^|[ .])\\?\*([ ,|]|$)/.test(row))).toEqual([]);
  await expect(page).toMatchFileSnapshot("../../../docs/rbac.md");
});
