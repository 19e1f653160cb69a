// How long the deployer takes for a small program of 151 objects, beside kubectl with the same objects. Prints medians.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destroy, preview, renderTo, up } from "../../embedded/deploy/deploy.ts";
import { startApiServer } from "../integration/apiserver.ts";

const rounds = 3;
const server = await startApiServer({ controllerManager: true });
const folder = mkdtempSync(join(tmpdir(), "bench-deploy-"));
const directory = join(import.meta.dirname, "../integration/deploy/programs/small");
const options = { directory, stack: "bench", config: { count: 149 }, kubeconfig: server.kubeconfig };
const out = join(folder, "render");
const times = new Map<string, number[]>();

async function measure(name: string, work: () => unknown): Promise<void> {
  const started = performance.now();
  await work();
  times.set(name, [...(times.get(name) ?? []), performance.now() - started]);
}

const kubectl = (...args: string[]) =>
  execFileSync(join(server.bin, "kubectl"), ["--kubeconfig", server.kubeconfig, ...args], { stdio: "ignore" });
const apply = () => kubectl("apply", "--server-side", "--force-conflicts", "-f", out);

try {
  for (let round = 0; round < rounds; round++) {
    await measure("render", () => renderTo({ ...options, out, stateFile: join(folder, "state.json") }));
    await measure("first up", () => up(options));
    await measure("unchanged up", () => up(options));
    await measure("preview", () => preview(options));
    await measure("destroy", () => destroy(options));
    await measure("kubectl apply, first", apply);
    await measure("kubectl apply, unchanged", apply);
    kubectl("delete", "namespace", "small");
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
console.log(`deployer, ${options.config.count + 3} resources, median of ${rounds}`);
for (const [name, all] of times) {
  const median = [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  console.log(`  ${name.padEnd(26)} ${(median / 1000).toFixed(2)} s`);
}
