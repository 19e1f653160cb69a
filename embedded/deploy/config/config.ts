// Reads Pulumi.<stack>.yaml as the CLI does: applies the declarations of Pulumi.yaml and decrypts secrets of the passphrase provider.
// Rules of pkg/workspace (config.go) and sdk/go/common/workspace (loaders.go) in pulumi/pulumi.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createDecrypter, fromEnvironment, isEncrypted } from "./passphrase.ts";
import { parseConfigPath, valueAt, withValueAt } from "./paths.ts";
import { type Project, readProject, stackFile } from "./project.ts";
import { isOfType, nameOfType } from "./types.ts";
import { type ConfigValue, configText, isMap, readYaml } from "./values.ts";

/** Configuration as the SDK takes it: strings, objects as JSON, keys as `namespace:name`. */
export interface StackConfig {
  values: Record<string, string>;
  secretKeys: string[];
}

/**
 * Throws where other stacks of a program have a file and this one has none, and lists them: the name is probably mistyped. Every
 * command checks the name that it is given; a caller in code may pass the whole configuration instead of a file.
 */
export function requireStack(directory: string, stack: string): void {
  const project = readProject(directory);
  const file = stackFile(project, stack);
  const names = existsSync(project.stackFolder) ? readdirSync(project.stackFolder) : [];
  const stacks = names.flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  if (stacks.length > 0 && !stacks.includes(stack))
    throw new Error(
      `there is no stack '${stack}': the stacks are ${stacks.sort().join(", ")} (a new one needs a file ${file}, be it empty)`,
    );
}

/** The stack whose configuration is read. */
export interface ConfigOptions {
  project: Project;
  stack: string;
  /** Wins over the stack's file; keys without a namespace get the project's. */
  config?: Record<string, unknown> | undefined;
  /** Called only where the file holds secrets. */
  passphrase?: () => string;
}

/**
 * The stack's configuration: `config` over the stack's file over the defaults that the project declares. Throws where a
 * key is missing, or is not of the type that the project declares.
 */
export function readConfig({ project, stack, config = {}, passphrase = fromEnvironment }: ConfigOptions): StackConfig {
  const file = stackFile(project, stack);
  const content = contentOf(file);
  const stored = new Map<string, ConfigValue>();
  for (const [name, value] of Object.entries(content.config)) {
    const key = keyOf(name, project, file);
    if (stored.has(key)) throw new Error(`${file}: config '${key}' is set twice, with its namespace and without`);
    stored.set(key, value);
  }
  for (const [name, value] of Object.entries(config))
    if (value !== undefined) stored.set(keyOf(name, project, "the given config"), value as ConfigValue);
  addDeclared(stored, project, file);
  const decrypt = createDecrypter({ ...content, file, passphrase });
  const values = new Map([...stored].map(([key, value]) => [key, decrypt(value, key)]));
  checkTypes({ stored, values }, project, file);
  return {
    values: Object.fromEntries([...values].map(([key, value]) => [key, configText(value)])),
    secretKeys: [...stored].flatMap(([key, value]) => (isEncrypted(value) ? [key] : [])),
  };
}

/** The fields of a stack's file that are used. */
interface StackFile {
  config: { [key: string]: ConfigValue };
  encryptionsalt?: string;
  secretsprovider?: string;
}

function contentOf(file: string): StackFile {
  const content = (existsSync(file) ? readYaml(readFileSync(file, "utf8"), file) : undefined) ?? {};
  if (!isMap(content)) throw new Error(`${file} is not a stack's file: it must be a map with a field 'config'`);
  const { config, environment, encryptionsalt, secretsprovider } = content;
  if (!isMap(config ?? {})) throw new Error(`${file}: config must be a map of values by key`);
  if (environment && !(Array.isArray(environment) && environment.length === 0))
    throw new Error(`${file}: environment: Pulumi ESC environments can't be opened here: write their values as config`);
  return {
    config: isMap(config ?? null) ? (config as StackFile["config"]) : {},
    ...(typeof encryptionsalt === "string" ? { encryptionsalt } : {}),
    ...(typeof secretsprovider === "string" ? { secretsprovider } : {}),
  };
}

/** A key with its namespace. `aws:config:region` is how earlier releases of Pulumi wrote `aws:region`. */
function keyOf(name: string, { name: project }: Project, file: string): string {
  const [first = "", second, third, ...more] = name.split(":");
  if (second === undefined) return `${project}:${first}`;
  if (third === undefined) return name;
  if (second !== "config" || more.length > 0)
    throw new Error(`${file}: '${name}' is not a key of the config: it must be <namespace>:<name>`);
  return `${first}:${third}`;
}

/** The config key that holds a declared key's value, and the path to the value in it. */
function keyAndPath(name: string, project: Project) {
  const where = `config '${name}' of Pulumi.yaml`;
  const key = keyOf(name, project, where);
  const nameStart = key.indexOf(":") + 1;
  const [first, ...path] = parseConfigPath(key.slice(nameStart), where);
  return { key: key.slice(0, nameStart) + first, path, where };
}

/** Adds the project's defaults for keys that aren't set. */
function addDeclared(stored: Map<string, ConfigValue>, project: Project, file: string): void {
  const missing: string[] = [];
  // The CLI's order: it matters where several declared keys are parts of one value.
  for (const [name, declaration] of Object.entries(project.declared).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { key, path, where } = keyAndPath(name, project);
    const value = stored.get(key);
    if (valueAt(value, path) !== undefined) continue;
    const item = declaration.default ?? declaration.value;
    if (item === undefined) missing.push(name);
    else stored.set(key, path.length === 0 ? item : withValueAt(value, path, { item, where }));
  }
  if (missing.length > 0)
    throw new Error(
      `${file}: config ${missing.map((name) => `'${name}'`).join(", ")} is missing: Pulumi.yaml declares it without a default`,
    );
}

/** Throws where a value isn't of the type that the project declares for its key. */
function checkTypes(
  { stored, values }: Record<"stored" | "values", ReadonlyMap<string, ConfigValue>>,
  project: Project,
  file: string,
): void {
  for (const [name, declaration] of Object.entries(project.declared)) {
    if (!declaration.type) continue;
    const { key, path } = keyAndPath(name, project);
    if (declaration.secret && !isEncrypted(valueAt(stored.get(key), path) ?? null))
      throw new Error(`${file}: config '${name}' is a secret and must be encrypted: pulumi config set --secret`);
    const value = valueAt(values.get(key), path) ?? null;
    // A scalar is checked by its text.
    const content = typeof value === "object" && value !== null ? value : configText(value);
    if (!isOfType(content, declaration))
      throw new Error(`${file}: config '${name}' must be of type '${nameOfType(declaration)}'`);
  }
}
