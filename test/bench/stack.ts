// Times the life of the dev stack on a fresh node: by the deployer, by the Pulumi CLI where there is one, and by kubectl applying
// the stack's own render and waiting for it. Prints medians in seconds.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { destroy, policy, preview, renderTo, up } from "../../embedded/deploy/deploy.ts";
import { buildImages } from "../../embedded/images/images.ts";
import { clean, importImages, up as startNode } from "../../embedded/node/node.ts";
import { CliStack, whyUnavailable } from "../e2e/cli/pulumi.ts";

const execute = promisify(execFile);
const directory = dirname(dirname(import.meta.dirname));
const instance = "bench-stack";
const runs = Number(process.env.RUNS ?? 3);
const work = mkdtempSync(join(tmpdir(), "bench-stack-"));
const times = new Map<string, number[]>();

async function time<T>(name: string, act: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await act();
  times.set(name, [...(times.get(name) ?? []), (performance.now() - started) / 1000]);
  return result;
}

const images = await buildImages({});
const node = await startNode({ instance, durable: false });
const kubectl = (...args: string[]) =>
  execute(join(node.bin, "kubectl"), ["--kubeconfig", node.kubeconfig, ...args], { maxBuffer: 64 << 20 });

// What a cluster without cert-manager can take from kubectl too.
const settings = {
  cluster: {
    kind: "existing",
    kubeconfig: node.kubeconfig,
    context: node.context,
    apiServerCidrs: [`${node.nodeIp}/32`],
  },
  workflowEngine: images.argo ? "argo" : "builtin",
  eventEngine: images.argoEvents ? "argo" : "builtin",
  images: images.own,
  components: { certificates: { enabled: false } },
};
const options = { directory, stack: "dev", config: settings, kubeconfig: node.kubeconfig };
const out = join(work, "render");

/** Applies the render, its definitions first, and waits as `up` does. */
async function applyRender(): Promise<void> {
  const apply = () => kubectl("apply", "--server-side", "--force-conflicts", "-f", out);
  await apply().catch(() => undefined);
  await kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
  await apply();
  const { stdout } = await kubectl("get", "deployments,statefulsets", "-A", "-o", "json");
  const { items } = JSON.parse(stdout) as { items: { kind: string; metadata: { namespace: string; name: string } }[] };
  await Promise.all(
    items.map(({ kind, metadata: { namespace, name } }) =>
      kubectl("rollout", "status", "-n", namespace, `${kind.toLowerCase()}/${name}`, "--timeout=300s"),
    ),
  );
  await kubectl("wait", "-n", "shared-services", "--for=condition=Complete", "job", "--all", "--timeout=300s");
}

async function byCli(): Promise<void> {
  const prefixed = Object.entries(settings).map(([key, value]) => [`agentic-platform:${key}`, value]);
  const cli = new CliStack(directory, "dev", Object.fromEntries(prefixed));
  try {
    await cli.init();
    await time("CLI: preview", () => cli.run("preview"));
    await time("CLI: up", () => cli.run("up", "--yes", "--skip-preview"));
    await time("CLI: up, unchanged", () => cli.run("up", "--yes", "--skip-preview"));
    await time("CLI: destroy", () => cli.run("destroy", "--yes", "--skip-preview"));
  } finally {
    cli.remove();
  }
}

try {
  await importImages(instance, images.archives);
  const unavailable = await whyUnavailable(["kubernetes", "random"]);
  for (let run = 0; run < runs; run++) {
    await time("preview", () => preview(options));
    await time("up", () => up(options));
    await time("up, unchanged", () => up(options));
    await time("preview, unchanged", () => preview(options));
    await time("destroy", () => destroy(options));
    await time("render", () => renderTo({ ...options, out, stateFile: join(work, "state.json") }));
    await time("kubectl apply of the render, and wait", applyRender);
    await kubectl("delete", "--ignore-not-found", "--wait", "-f", out).catch(() => undefined);
    await time("policy pack", () => policy({ ...options, pack: join(directory, "policy") }));
    if (!unavailable) await byCli();
  }
  if (unavailable) console.log(`by the CLI: not measured, ${unavailable}`);
} finally {
  await clean(instance);
  rmSync(work, { recursive: true });
}
const median = (name: string) => (times.get(name) ?? []).toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
for (const [name, all] of times)
  console.log(
    `${name.padEnd(40)} median ${median(name).toFixed(1)} s of ${all.map((value) => value.toFixed(1)).join(", ")}`,
  );
console.log(
  `up takes ${(median("up") / median("kubectl apply of the render, and wait")).toFixed(2)} × what kubectl takes for its own render`,
);
