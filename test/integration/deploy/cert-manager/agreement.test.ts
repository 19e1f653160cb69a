// Whether the deployer's Secrets are those of a real cert-manager, field by field (recorded by record.ts).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nonEmpty } from "../../../non-empty.ts";
import type { ApiServer } from "../../apiserver.ts";
import { borrowApiServer } from "../../borrowed-apiserver.ts";
import { type RequestedResource, type RunResult, TestStack } from "../stack.ts";
import { type Case, cases, namespace, refusals } from "./cases.ts";
import { factsOf } from "./facts.ts";

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "testdata/v1.21.1.json"), "utf8")) as Record<
  string,
  object
>;
const nameOf = ({ kind, metadata }: Case) => `${kind}-${metadata.name}`;
const space: RequestedResource = {
  type: "kubernetes:core/v1:Namespace",
  name: namespace,
  args: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
};
const resources = (all: readonly Case[], before = namespace): RequestedResource[] =>
  all.map((resource, i) => ({
    type: `kubernetes:cert-manager.io/v1:${resource.kind}`,
    name: nameOf(resource),
    dependsOn: [i > 0 ? nameOf(all[i - 1] as Case) : before],
    args: { ...resource },
  }));

let server: ApiServer;
let stack: TestStack;
let result: RunResult;
beforeAll(async () => {
  server = await borrowApiServer();
  stack = new TestStack(server, "cases");
  result = await stack.up([space, ...resources(cases)]);
});
afterAll(async () => await server?.stop());

test("every certificate is made", () => {
  expect(result.summary.failures).toEqual([]);
  const secrets = cases.filter(({ kind }) => kind === "Certificate").map(({ spec }) => String(spec.secretName));
  expect(secrets.toSorted()).toEqual(Object.keys(recorded).toSorted());
});

test.each(nonEmpty(Object.keys(recorded)))(
  "Secret %s is cert-manager's in all that a consumer can tell",
  async (name) => {
    const secret = await stack.get("Secret", name, namespace);
    expect(secret && factsOf(secret)).toEqual(recorded[name]);
  },
);

test.each(nonEmpty(Object.entries(refusals)))("what cert-manager refuses for %s is refused", async (field, fields) => {
  await expect(stack.preview([space, ...resources([fields])])).rejects.toThrow(`${field}:`);
});
