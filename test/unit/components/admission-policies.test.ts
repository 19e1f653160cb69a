// The admission policies that a platform has are those that its doctor asks for.
import { PLATFORM_POLICIES } from "@agentic/api/platform-policies.ts";
import { beforeAll, expect, it } from "vitest";
import { mock, objects, program } from "./program.ts";

beforeAll(() => mock());

it.each(["builtin", "argo"])("none is forgotten, with the engine %s", async (workflowEngine) => {
  const all = objects(await program({ workflowEngine }), "ValidatingAdmissionPolicy");
  expect(all.map(({ metadata }) => metadata?.name).sort()).toEqual([...PLATFORM_POLICIES].sort());
  const bindings = objects(await program({ workflowEngine }), "ValidatingAdmissionPolicyBinding");
  expect(bindings.map(({ spec }) => [spec.policyName, spec.validationActions])).toEqual(
    expect.arrayContaining(PLATFORM_POLICIES.map((name) => [name, ["Deny"]])),
  );
});
