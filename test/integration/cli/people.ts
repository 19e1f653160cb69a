// Runs the command `agentic` in a process of its own, as one of a tenant's people.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const main = join(import.meta.dirname, "../../../cli/main.ts");

export interface Run {
  code: number | null;
  /** What it printed for programs and people. */
  out: string;
  /** What it said of errors. */
  err: string;
}

/** Kubeconfigs of people whom the test's administrator plays. */
export class People {
  readonly #folder = mkdtempSync(join(tmpdir(), "people-"));
  readonly #kubeconfig: string;

  constructor(kubeconfig: string) {
    this.#kubeconfig = readFileSync(kubeconfig, "utf8");
  }

  /** Path of a file with this content. */
  file(name: string, content: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Path of the kubeconfig of somebody of the group `reviewers`, whose context has that namespace. */
  kubeconfig(name: string, namespace: string): string {
    const config = parse(this.#kubeconfig);
    Object.assign(config.users[0].user, { as: name, "as-groups": ["reviewers"] });
    config.contexts[0].context.namespace = namespace;
    // A colon would stand between two files.
    return this.file(`${name.replaceAll(":", "_")}-${namespace}`, stringify(config));
  }

  /** Runs the command to its end as somebody, in a namespace. */
  async run(name: string, namespace: string, args: string[], input = ""): Promise<Run> {
    return await agentic(args, { KUBECONFIG: this.kubeconfig(name, namespace) }, input);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

const bin = join(import.meta.dirname, "../../../node_modules/.bin");

/** Runs the command to its end. */
export const agentic = (args: string[], env: NodeJS.ProcessEnv = {}, input = ""): Promise<Run> =>
  finished(process.execPath, [main, ...args], env, input);

/** Runs a script in which `agentic` is a command. */
export const bash = (script: string): Promise<Run> => finished("bash", ["--norc", "-c", script]);

/** Runs a command on a terminal of its own; `out` is all that it shows. */
export const terminal = (command: string, env: NodeJS.ProcessEnv): Promise<Run> =>
  finished("script", ["--quiet", "--return", "--command", `stty cols 120 rows 40; ${command}`, "/dev/null"], env);

async function finished(command: string, args: string[], env: NodeJS.ProcessEnv = {}, input = ""): Promise<Run> {
  const { CHILD_COVERAGE, PATH } = process.env;
  const child = spawn(command, args, {
    env: {
      ...process.env,
      PATH: `${bin}:${PATH}`,
      ...(CHILD_COVERAGE ? { NODE_V8_COVERAGE: CHILD_COVERAGE } : {}),
      ...env,
    },
  });
  child.stdin.end(input);
  const run: Run = { code: null, out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    run.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    run.err += text;
  });
  run.code = await new Promise((resolve) => child.once("close", resolve));
  return run;
}
