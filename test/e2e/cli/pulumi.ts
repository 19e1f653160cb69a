// Runs the real Pulumi CLI on a program, with a state of its own that goes with the test.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";

const execute = promisify(execFile);

/** Why the CLI's tests can't run on this machine; undefined where they can. `plugins` are the providers that they need. */
export async function missing(plugins: readonly string[]): Promise<string | undefined> {
  const version = await execute("pulumi", ["version"]).catch(() => undefined);
  if (!version) return "there is no pulumi on PATH (https://www.pulumi.com/docs/install)";
  const { stdout } = await execute("pulumi", ["plugin", "ls", "--json"]);
  const there = new Set((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name));
  const absent: string[] = [];
  for (const name of plugins)
    if (!there.has(name) && !(await execute("which", [`pulumi-resource-${name}`]).catch(() => undefined)))
      absent.push(name);
  return absent.length > 0
    ? `pulumi lacks plugins: ${absent.map((name) => `pulumi plugin install resource ${name}`).join(", ")}`
    : undefined;
}

/** A stack of the CLI. */
export class CliStack {
  readonly #home = mkdtempSync(join(tmpdir(), "pulumi-"));
  readonly #directory: string;
  readonly #stack: string;
  readonly #configFile: string;

  /** `settings` is added to the stack's own file, which stays as it is. */
  constructor(directory: string, stack: string, settings: Record<string, unknown>) {
    this.#directory = directory;
    this.#stack = stack;
    this.#configFile = join(this.#home, `Pulumi.${stack}.yaml`);
    const own = join(directory, `Pulumi.${stack}.yaml`);
    const given = existsSync(own) ? (parse(readFileSync(own, "utf8")) as { config?: Record<string, unknown> }) : {};
    writeFileSync(this.#configFile, stringify({ config: { ...given.config, ...settings } }));
  }

  /** Makes the stack in a backend that is a folder. */
  async init(): Promise<void> {
    await this.run("stack", "init", this.#stack);
  }

  /** Runs a command and returns its standard output; its error carries all that the CLI said. */
  async run(...args: string[]): Promise<string> {
    const all = ["--cwd", this.#directory, "--non-interactive", "--color=never", ...args];
    if (!["stack", "cancel"].includes(args[0] ?? ""))
      all.push("--stack", this.#stack, "--config-file", this.#configFile);
    else if (args[1] !== "init") all.push("--stack", this.#stack);
    try {
      const { stdout } = await execute("pulumi", all, { env: this.#environment, maxBuffer: 256 << 20 });
      return stdout;
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      throw new Error(`pulumi ${args.join(" ")} failed:\n${stdout}\n${stderr || message}`);
    }
  }

  remove(): void {
    rmSync(this.#home, { recursive: true });
  }

  get #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${this.#home}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }
}
