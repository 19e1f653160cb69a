// Checks the program against the policy pack, without the Pulumi CLI and without building or starting anything.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ownRepositories, images as table } from "../../components/images.ts";
import { readConfig, requireStack } from "../deploy/config/config.ts";
import { readProject } from "../deploy/config/project.ts";
import { policy as checkProgram, type DeployEvent } from "../deploy/deploy.ts";
import { readPackConfig } from "../deploy/policy/check.ts";
import { sarifOf } from "../deploy/policy/sarif.ts";
import { counts, textOf } from "../deploy/policy/text.ts";

const directory = dirname(dirname(import.meta.dirname));

const usage =
  "npm run policy -- [--stack name] [--format text|sarif] [--out file] [--policy-pack folder] [--policy-pack-config file]";

/** The options of the command line. Throws with the usage. */
function options(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        stack: { type: "string", default: process.env.STACK || "embedded" },
        format: { type: "string", default: "text" },
        out: { type: "string" },
        "policy-pack": { type: "string", default: join(directory, "policy") },
        "policy-pack-config": { type: "string" },
      },
    });
    if (values.format !== "text" && values.format !== "sarif")
      throw new Error(`--format ${values.format} is not a format: use text or sarif`);
    return values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`);
  }
}

/**
 * Prints the pack's report on the program, or writes it to a file; sets the exit code to 1 where a mandatory policy is
 * violated.
 */
export async function policy(args: readonly string[]): Promise<void> {
  const { stack, format, out, ...packOptions } = options(args);
  requireStack(directory, stack);
  const pack = resolve(packOptions["policy-pack"]);
  const config = packOptions["policy-pack-config"];
  const report = await checkProgram({
    directory,
    stack,
    config: standIns(stack),
    on: show,
    pack,
    packConfig: config ? readPackConfig(resolve(config)) : {},
  });
  const main = readProject(directory).main;
  const text =
    format === "sarif"
      ? `${JSON.stringify(sarifOf(report, { stack, directory, main }), undefined, 2)}\n`
      : `${textOf(report, directory)}\n`;
  if (out) {
    mkdirSync(dirname(resolve(out)), { recursive: true });
    writeFileSync(out, text);
    console.log(`${out}: ${counts(report.violations)}`);
  } else process.stdout.write(text);
  if (report.violations.some(({ level }) => level === "mandatory")) process.exitCode = 1;
}

/**
 * Placeholders for configuration that only a machine or a build knows: names of our own images, and the address of
 * a cluster's API server.
 */
export function standIns(stack: string): Record<string, unknown> {
  const project = readProject(directory);
  const { values } = readConfig({ project, stack });
  const parsed = (key: string) => JSON.parse(values[`${project.name}:${key}`] ?? "{}") as Record<string, unknown>;
  const images = Object.entries(ownRepositories).map(([name, repository]) => [name, `${repository}:0.0.0`]);
  const cluster = parsed("cluster");
  const on = (name: string) => (parsed("components")[name] as { enabled?: boolean } | undefined)?.enabled === true;
  return {
    images: { ...Object.fromEntries(images), ...parsed("images") },
    ...(on("policyController") && (values[`${project.name}:imagePolicies`] ?? "[]") === "[]"
      ? { imagePolicies: [standInPolicy] }
      : {}),
    // Policies need no cluster, except on GKE, where the cluster is a resource itself.
    ...(cluster.kind === "gke" ? {} : { cluster: standInCluster(cluster) }),
  };
}

/** Placeholder for the machine's signing key, which only `make up` knows. */
const standInPolicy = {
  name: "platform-images",
  images: [...Object.values(ownRepositories).map((repository) => `${repository}:*`), table.argoExecutor.ref],
  authorities: [{ key: { secretRef: "image-signing-key" } }],
};

function standInCluster({ apiServerCidrs = ["10.250.0.2/32"], registryAddress }: Record<string, unknown>) {
  return { kind: "none", apiServerCidrs, ...(registryAddress ? { registryAddress } : {}) };
}

function show(event: DeployEvent): void {
  if (event.kind === "log") console.error(event.message);
}
