// The platform's own program holds to every rule, with either engine and with everything that a stack may switch on.
import { beforeAll, describe, expect, test } from "vitest";
import { ownRepositories } from "../../../components/images.ts";
import { rules } from "../../../policy/rules/index.ts";
import { violations } from "../../../policy/testing/table.ts";
import { mock, program } from "../components/program.ts";

/** By their own names: the registry that other tests invent is on no list. */
const images = Object.fromEntries(
  Object.entries(ownRepositories).map(([name, repository]) => [name, `${repository}:1.0.0`]),
);

beforeAll(mock);

async function found(config: Record<string, unknown>): Promise<string[]> {
  const registered = await program({ images, ...config });
  expect(registered.length).toBeGreaterThan(100);
  return violations(
    rules,
    registered.map(({ type, name, inputs }) => ({ type, name, props: inputs })),
  );
}

describe("the program violates nothing", () => {
  test("with the built-in engine", async () => {
    expect(await found({ workflowEngine: "builtin" })).toEqual([]);
  });

  test("with Argo", async () => {
    expect(await found({ workflowEngine: "argo" })).toEqual([]);
  });

  test("with tenants that reach the internet and a model outside", async () => {
    const config = {
      workflowEngine: "argo",
      tenants: [
        { name: "a", egressInternet: true, members: [{ users: ["ann"], serviceAccounts: ["ci"], role: "user" }] },
        { name: "b", approval: { fourEyes: true, quorum: 2 }, members: [{ groups: ["reviewers"], role: "approver" }] },
      ],
      llm: { model: "openai/gpt-4o" },
    };
    expect(await found(config)).toEqual([]);
  });

  test.each(["argo", "builtin"])("with a tenant that another stack makes, with %s", async (workflowEngine) => {
    expect(await found({ workflowEngine, tenants: [{ name: "a" }, { name: "b", external: true }] })).toEqual([]);
  });

  test("with Argo Events", async () => {
    expect(await found({ eventEngine: "argo" })).toEqual([]);
  });

  test("highly available", async () => {
    expect(await found({ workflowEngine: "argo", profile: "ha" })).toEqual([]);
  });
});
