// How the command behind `make` runs kubectl: a program of the test's own stands in its place and says how it was called.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { kubectl, watch } from "../../../embedded/cli/cluster.ts";

/** A cluster whose kubectl is this script. */
function clusterWith(script: string) {
  const bin = mkdtempSync(join(tmpdir(), "kubectl-"));
  writeFileSync(join(bin, "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { bin, kubeconfig: "/config" };
}

it("it gets the cluster's kubeconfig, its input, and an environment with rare collections of garbage", async () => {
  const cluster = clusterWith('echo "$* | $GOGC | $HOME | $(cat)"');
  expect(await kubectl(cluster, ["apply", "-f", "-"], "{}")).toBe(
    `--kubeconfig /config apply -f - | 400 | ${process.env.HOME} | {}\n`,
  );
});

it("its own words are the error's where it fails, whatever it leaves unread", async () => {
  const cluster = clusterWith('exec <&-; echo "Error from server (NotFound)" >&2; exit 1');
  const input = "x".repeat(1 << 20);
  await expect(kubectl(cluster, ["get", "pod", "a", "-o", "json"], input)).rejects.toThrow(
    "kubectl get pod a: Error from server (NotFound)",
  );
});

it("it is watched anew where the API server ends the watch, and its words about that are no state", async () => {
  const cluster = clusterWith(`once="$(dirname "$0")/once"
    state() { printf '{\\n  "kind": "%s",\\n  "metadata": { "name": "%s" }\\n}\\n' "$1" "$2"; }
    if [ -e "$once" ]; then state AgentWorkload later; exit; fi
    touch "$once"; state AgentWorkload first; state Status too-old`);
  const names: string[] = [];
  for await (const { metadata } of watch(cluster, "agentworkload", "prices", "tenant-demo")) names.push(metadata.name);
  expect(names).toEqual(["first", "later"]);
});
