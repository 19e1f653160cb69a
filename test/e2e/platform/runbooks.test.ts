// Every command of the runbooks, run as it stands on a platform where a workload has failed and somebody was let in by break-glass.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nonEmpty } from "../../non-empty.ts";
import { runbooks } from "../../runbooks.ts";
import { namespace, onePage, start, untilEnded, workload } from "./platform.ts";
import { isSearch, shell as run } from "./shell.ts";

const name = "runbook";
const shell = (command: string) => run(command, name);

/** What a person with all rights says of the request for access. */
async function say(person: string, spec: Record<string, unknown>): Promise<void> {
  const as = `--as ${person} --as-group system:masters`;
  const request = { apiVersion: "agentic.io/v1alpha1", kind: "AccessRequest", metadata: { name }, spec };
  const command = spec.requestedBy
    ? `kubectl ${as} create -f - <<< '${JSON.stringify(request)}'`
    : `kubectl ${as} patch accessrequest ${name} --type merge -p '${JSON.stringify({ spec })}'`;
  expect(await shell(command)).toMatchObject({ stderr: "", code: 0 });
}

beforeAll(async () => {
  await start(workload(name, { ...onePage, model: "no-such-model" }));
  // What has been spent is written down from the first answer of a model on.
  await start(workload("runbook-spent", onePage));
  await say("asking", { namespace, reason: "a failed workload", minutes: 30, requestedBy: "asking" });
  await say("approving", { approvedBy: "approving" });
  const { status } = await untilEnded(name);
  expect(status?.phase, JSON.stringify(status)).toBe("Failed");
  expect((await untilEnded("runbook-spent")).status?.phase).toBe("Completed");
});

afterAll(async () => {
  await say("asking", { endedBy: "asking" });
  await shell(`kubectl delete accessrequest ${name}`);
});

describe.each(nonEmpty(runbooks()))("the runbook $name", ({ commands }) => {
  it.each(nonEmpty(commands))("%s", async (command) => {
    expect(command).not.toMatch(/<(?!namespace>|workload>)/);
    const { stdout, stderr, code } = await shell(command);
    const mayFindNothing = isSearch(command);
    expect({ stderr, code: mayFindNothing && stdout === "" ? 0 : code }).toEqual({ stderr: "", code: 0 });
    if (!mayFindNothing) expect(stdout).not.toBe("");
  });
});

describe("a failed workload", () => {
  it("has the step's last words in its message", async () => {
    const { status } = await untilEnded(name);
    expect(status?.message).toContain("step analysis: ");
    expect(status?.message).toContain("no-such-model");
  });

  it("is found, with its logs, by its name", async () => {
    const result = await shell("kubectl logs -n <namespace> -l agentic.io/workload=<workload> --tail=50");
    expect(result.stdout).toContain("no-such-model");
    expect((await shell("kubectl get aw -A | grep Failed")).stdout).toContain(name);
  });
});
