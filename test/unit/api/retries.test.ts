// Which failures of a step are tried again: the table of kinds, and the same as the engine's expression.
import { readFileSync } from "node:fs";
import { RETRY_EXPRESSION, RETRY_KINDS, retryKind } from "@agentic/api/retries.ts";
import { describe, expect, test } from "vitest";
import { evaluateRetry } from "../../../embedded/engine/core/retry-expression.ts";

/** Status, exit code and message as Argo 4.1 and the built-in engine have them, and the kind. */
const CASES: [status: string, exitCode: string, message: string, kind: string | undefined][] = [
  ["Failed", "75", "main: Error (exit code 75): the gateway answers 503", "transient"],
  ["Failed", "75", "Pod was active on the node longer than the specified deadline", "transient"],
  ["Failed", "137", "Pod was active on the node longer than the specified deadline", "transient"],
  ["Failed", "-1", "Pod was active on the node longer than the specified deadline", "transient"],
  ["Failed", "69", "main: Error (exit code 69): connect ECONNREFUSED", "notReady"],
  ["Failed", "137", "main: OOMKilled (exit code 137)", "exhausted"],
  ["Failed", "1", "main: OOMKilled (exit code 1): a child was killed", "exhausted"],
  ["Failed", "137", "main: Error (exit code 137): ended by signal 9 (SIGKILL)", "exhausted"],
  ["Failed", "143", "main: Error (exit code 143)", "exhausted"],
  ["Failed", "-1", "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi.", "exhausted"],
  ["Failed", "-1", "Evicted: The node had condition: [DiskPressure]. ", "exhausted"],
  ["Failed", "-1", 'Usage of EmptyDir volume "tmp" exceeds the limit "256Mi". ', "exhausted"],
  ["Failed", "-1", "Container main exceeded its local ephemeral storage limit", "exhausted"],
  ["Failed", "-1", "Preempting: Preempted in order to admit critical pod", "exhausted"],
  ["Failed", "75", "Pod was terminated in response to imminent node shutdown.", "exhausted"],
  ["Failed", "-1", "Pod was rejected: Node didn't have enough resource: memory", "exhausted"],
  ["Error", "75", "pod deleted: PreemptionByScheduler: preempting to accommodate a higher priority pod", "exhausted"],
  ["Error", "-1", "pod deleted: DeletionByTaintManager: Taint manager: deleting due to NoExecute taint", "exhausted"],
  ["Error", "75", "pod deleted: EvictionByEvictionAPI: Eviction API: evicting", "lost"],
  ["Error", "-1", "pod deleted", "lost"],
  ["Failed", "-1", "can't find failed message for pod x namespace tenant-demo", "lost"],
  ["Failed", "-1", "pod failed: neither main nor wait container completed successfully", "lost"],
  ["Error", "0", "wait: Error (exit code 64): open /var/run/argo/outputs/parameters/tmp/result.json", "lost"],
  ["Error", "-1", "Pod failed before main container starts due to ErrImagePull: 503", "lost"],
  ["Failed", "1", "main: Error (exit code 1): model gpt-9 is unknown to the gateway", undefined],
  [
    "Failed",
    "1",
    "main: Error (exit code 1): the page says: pod deleted, Evicted, OOMKilled (exit code 137)",
    undefined,
  ],
  ["Failed", "2", "main: Error (exit code 2): OBJECTIVE is empty", undefined],
  ["Failed", "134", "main: Error (exit code 134): Reached heap limit", undefined],
  ["Error", "-1", 'admission webhook "policy.sigstore.dev" denied the request: no matching signatures', undefined],
  ["Error", "-1", "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'images' denied request: not allowed", undefined],
  ["Error", "-1", 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', undefined],
  ["Error", "-1", 'Pod "x" is invalid: spec.containers[0].image: Required value', undefined],
];

describe("a failed try", () => {
  test.each(CASES)("%s with %s and %j is %s", (status, exitCode, message, kind) => {
    expect(retryKind({ status, exitCode, message })).toBe(kind);
    const last = {
      ...{ "lastRetry.status": status, "lastRetry.exitCode": exitCode, "lastRetry.message": message },
      ...{ "lastRetry.duration": "1", retries: "0" },
    };
    expect(evaluateRetry(RETRY_EXPRESSION, last)).toBe(kind !== undefined);
  });

  test("waits as the documentation says", () => {
    const page = readFileSync("docs/retries.md", "utf8");
    for (const [kind, { exitCodes, wait }] of Object.entries(RETRY_KINDS)) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${kind}\` |`));
      expect(
        row
          ?.split("|")
          .slice(3, 5)
          .map((cell) => cell.trim()),
      ).toEqual([exitCodes.join(", ") || "none", wait.join("–")]);
    }
  });

  test("is told by texts that mean the same to JavaScript and to Go, within quotes", () => {
    for (const { messages } of Object.values(RETRY_KINDS))
      for (const message of messages) expect(message).not.toMatch(/['"\\]|\(\?/);
  });
});
