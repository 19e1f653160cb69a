// Records a release's stack for the upgrade test: node test/integration/upgrade/record.ts <checkout of the release> <file>
//
// That release's own deployer runs that release's own program against a bare API server; what is there afterwards, and
// what the deployer remembers of it, is the recording.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startApiServer } from "../apiserver.ts";
import { playWorkloads, realControllers } from "../workloads.ts";
import { config, type Recorded, stack, takeDown } from "./recorded.ts";

const [checkout = "", file = ""] = process.argv.slice(2);
if (!file) throw new Error("usage: record.ts <checkout of the release, its dependencies installed> <file to write>");

const server = await startApiServer({ controllerManager: true, controllers: realControllers });
const workloads = playWorkloads(server);
try {
  const recorded: Recorded = { engines: {} };
  for (const engine of ["argo", "builtin"] as const) {
    const args = Object.entries(config(engine)).flatMap(([key, value]) => [
      "--config",
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]);
    const deploy = (command: string) =>
      promisify(execFile)(
        process.execPath,
        [join(checkout, "embedded/deploy/main.ts"), command, "--cwd", checkout, "--stack", stack, ...args],
        // A path in the config would be recorded.
        { env: { ...process.env, KUBECONFIG: server.kubeconfig } },
      );
    await deploy("up");
    recorded.engines[engine] = await takeDown(server);
    await deploy("destroy");
  }
  writeFileSync(file, `${JSON.stringify(recorded)}\n`);
} finally {
  await workloads.stop();
  await server.stop();
}
