// Reads Pulumi.yaml as the CLI does. Rules of sdk/go/common/workspace (project.go, project.json, paths.go) in pulumi/pulumi.
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { checkDeclared, type Declaration, declarationOf } from "./types.ts";
import { type ConfigValue, isMap, readYaml } from "./values.ts";

/** The fields of Pulumi.yaml that are used. */
export interface Project {
  name: string;
  /** Folder of the stacks' files. */
  stackFolder: string;
  /** Entry point, relative to the project's folder. */
  main: string;
  /** Arguments for node itself (`runtime.options.nodeargs`). */
  nodeArgs: string[];
  /** Declarations by key, as it is written there: with or without a namespace, and perhaps a path. */
  declared: Readonly<Record<string, Declaration>>;
}

/** Names that Pulumi allows for a project or a stack. */
const validName = /^[\w.-]{1,100}$/;

/** Reads the project file of a folder; throws where it isn't a valid one of a Node.js program. */
export function readProject(directory: string): Project {
  const file = join(directory, "Pulumi.yaml");
  if (!existsSync(file)) throw new Error(`${file} is missing: is ${directory} the folder of a Pulumi program?`);
  const project = readYaml(readFileSync(file, "utf8"), file) ?? {};
  if (!isMap(project))
    throw new Error(`${file} is not a project file: it must be a map with the fields 'name' and 'runtime'`);
  const { name, main } = project;
  if (typeof name !== "string" || !name) throw new Error(`${file}: name is missing or is not a text`);
  if (!validName.test(name))
    throw new Error(`${file}: name is '${name}': it must be letters, digits, '-', '_' and '.', at most 100`);
  const runtime = runtimeOf(project.runtime, file);
  const entry = textOf(main, `${file}: main`) ?? ".";
  if (isAbsolute(entry)) throw new Error(`${file}: main is '${entry}': it must be relative to the project's folder`);
  return {
    name,
    main: entry,
    nodeArgs: runtime,
    stackFolder: join(directory, stackFolderOf(project, file)),
    declared: isMap(project.config) ? declarations(project.config, name, file) : {},
  };
}

/** Path of a stack's file, whether it exists or not. Throws where the name isn't valid for a stack. */
export function stackFile({ stackFolder }: Pick<Project, "stackFolder">, stack: string): string {
  if (!validName.test(stack))
    throw new Error(
      `'${stack}' is not a valid stack name: it must be letters, digits, '-', '_' and '.', at most 100, without an organization or a project before it`,
    );
  return join(stackFolder, `Pulumi.${stack}.yaml`);
}

function textOf(value: ConfigValue | undefined, where: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new Error(`${where} must be a text`);
  return value;
}

/** The arguments for node. */
function runtimeOf(runtime: ConfigValue | undefined, file: string): string[] {
  const name = isMap(runtime) ? runtime.name : runtime;
  if (name !== "nodejs")
    throw new Error(`${file}: runtime is '${String(name)}': this deployer runs nodejs programs only`);
  const options = isMap(runtime) && isMap(runtime.options) ? runtime.options : {};
  const nodeArgs = textOf(options.nodeargs, `${file}: runtime.options.nodeargs`) ?? "";
  if (/["'\\]/.test(nodeArgs))
    throw new Error(`${file}: runtime.options.nodeargs has quotes or backslashes: write arguments that need none`);
  return nodeArgs.split(/\s+/).filter(Boolean);
}

/** `stackConfigDir`, or `config` where that is a text, as earlier releases of Pulumi had it. */
function stackFolderOf(project: { [name: string]: ConfigValue }, file: string): string {
  const { config } = project;
  const folder = textOf(project.stackConfigDir, `${file}: stackConfigDir`);
  if (typeof config === "string" && folder !== undefined)
    throw new Error(`${file}: config and stackConfigDir both name the stacks' folder: keep stackConfigDir only`);
  if (typeof config !== "string" && !isMap(config ?? {}))
    throw new Error(`${file}: config must be a map of declarations by key`);
  return folder ?? (typeof config === "string" ? config : ".");
}

function declarations(config: { [name: string]: ConfigValue }, project: string, file: string) {
  return Object.fromEntries(
    Object.entries(config).map(([key, declared]): [string, Declaration] => {
      const where = `${file}: config '${key}'`;
      const isOwn = !key.includes(":") || key.startsWith(`${project}:`);
      const declaration = declarationOf(declared, { where, isOwn });
      checkDeclared(declaration, { where, isOwn });
      return [key, declaration];
    }),
  );
}
