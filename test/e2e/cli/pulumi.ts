// Runs the real Pulumi CLI on a program, with a state of its own that goes with the test.
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";

const execute = promisify(execFile);

/** Why the CLI's tests can't run on this machine; undefined where they can. `plugins` are the providers that they need. */
export async function whyUnavailable(plugins: readonly string[]): Promise<string | undefined> {
  const version = await execute("pulumi", ["version"]).catch(() => undefined);
  if (!version) return "there is no pulumi on PATH (https://www.pulumi.com/docs/install)";
  const { stdout } = await execute("pulumi", ["plugin", "ls", "--json"]);
  const stackNames = new Set((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name));
  const absent: string[] = [];
  for (const name of plugins)
    if (!stackNames.has(name) && !(await execute("which", [`pulumi-resource-${name}`]).catch(() => undefined)))
      absent.push(name);
  return absent.length > 0
    ? `pulumi lacks plugins: ${absent.map((name) => `pulumi plugin install resource ${name}`).join(", ")}`
    : undefined;
}

/** A stack of the CLI: its state, its settings and what the CLI writes beside the program are in a folder of its own. */
export class CliStack {
  readonly #home = mkdtempSync(join(tmpdir(), "pulumi-"));
  readonly #stack: string;
  /** Folder of the states. */
  readonly #backend: string;
  readonly #file: string;

  /** `settings` is added to what the stack's own file says. The state is kept with that of `beside`, so that it can be referred to. */
  constructor(directory: string, stack: string, settings: Record<string, unknown>, sameBackendAs?: CliStack) {
    this.#stack = stack;
    this.#backend = sameBackendAs ? sameBackendAs.#backend : this.#home;
    const file = `Pulumi.${stack}.yaml`;
    this.#file = join(this.#project, file);
    for (const name of readdirSync(directory))
      if (name !== file) symlinkSync(join(directory, name), join(this.#project, name));
    // A program without packages of its own has those of a folder above it.
    if (!existsSync(join(directory, "node_modules")))
      symlinkSync(join(import.meta.dirname, "../../../node_modules"), join(this.#project, "node_modules"));
    const target = join(directory, file);
    if (existsSync(target)) writeFileSync(this.#file, readFileSync(target));
    this.set(settings);
  }

  /** Changes settings of the stack, as an editor of its file would. */
  set(settings: Record<string, unknown>): void {
    const text = existsSync(this.#file) ? readFileSync(this.#file, "utf8") : "{}";
    const stackConfig = parse(text) as { config?: Record<string, unknown> };
    writeFileSync(this.#file, stringify({ ...stackConfig, config: { ...stackConfig.config, ...settings } }));
  }

  /** Where the CLI finds the state, and reads it. */
  get environment(): Record<string, string> {
    return {
      PULUMI_BACKEND_URL: `file://${this.#backend}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }

  /** Makes the stack in a backend that is a folder. */
  async init(): Promise<void> {
    await this.#pulumi("stack", "init", this.#stack);
  }

  /** Runs a command and returns its standard output; its error carries all that the CLI said. */
  async run(...args: string[]): Promise<string> {
    return await this.#pulumi(...args, "--stack", this.#stack);
  }

  remove(): void {
    rmSync(this.#home, { recursive: true });
  }

  get #project(): string {
    const folder = join(this.#home, "project");
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  async #pulumi(...args: string[]): Promise<string> {
    const all = ["--cwd", this.#project, "--non-interactive", "--color=never", ...args];
    const env = { ...process.env, ...this.environment };
    try {
      return (await execute("pulumi", all, { env, maxBuffer: 256 << 20 })).stdout;
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      throw new Error(`pulumi ${args.join(" ")} failed:\n${stdout}\n${stderr || message}`);
    }
  }
}
