// Reads Pulumi.yaml and Pulumi.<stack>.yaml as the CLI does, secrets of the passphrase provider included.
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configText, readYaml } from "./config-values.ts";

/** Configuration as the SDK takes it: strings, objects as JSON, keys as `namespace:name`. */
export interface StackConfig {
  values: Record<string, string>;
  secretKeys: string[];
}

/** Pulumi.yaml, as far as it is used. */
export interface Project {
  name: string;
  /** Entry point, relative to the project's folder. */
  main: string;
  /** Arguments for node itself (`runtime.options.nodeargs`). */
  nodeArgs: string[];
  /** Declared config with a value: what keys are that the stack doesn't set. */
  defaults: Record<string, unknown>;
  /** Declared config without one: each stack must set it. */
  required: string[];
}

/** Reads the project file of a folder; throws where it is none of a Node.js program. */
export function readProject(directory: string): Project {
  const file = join(directory, "Pulumi.yaml");
  if (!existsSync(file)) throw new Error(`${file} is missing: is ${directory} the folder of a Pulumi program?`);
  const project = (readYaml(readFileSync(file, "utf8"), file) ?? {}) as {
    name?: string;
    main?: string;
    runtime?: string | { name?: string; options?: { nodeargs?: string } };
    config?: Record<string, unknown>;
  };
  const runtime = typeof project.runtime === "string" ? project.runtime : project.runtime?.name;
  if (!project.name) throw new Error(`${file}: name is missing`);
  if (runtime !== "nodejs")
    throw new Error(`${file}: runtime is '${runtime}': this deployer runs nodejs programs only`);
  const defaults: Record<string, unknown> = {};
  const required: string[] = [];
  for (const [key, declared] of Object.entries(project.config ?? {})) {
    const typed = typeof declared === "object" && declared !== null && !Array.isArray(declared);
    const { default: value = null, value: fixed = null } = typed ? (declared as Declared) : { default: declared };
    if (value !== null || fixed !== null) defaults[key] = value ?? fixed;
    else if (!key.includes(":") || key.startsWith(`${project.name}:`)) required.push(key);
  }
  const { nodeargs = "" } = (typeof project.runtime === "object" && project.runtime.options) || {};
  const nodeArgs = nodeargs.split(/\s+/).filter(Boolean);
  return { name: project.name, main: project.main ?? ".", nodeArgs, defaults, required };
}

/** A key as Pulumi.yaml declares it. */
interface Declared {
  default?: unknown;
  value?: unknown;
}

/**
 * Throws where other stacks of a program have a file and this one hasn't, with those that there are: a person has mistyped it. Every
 * command asks this of the name that it is given; a caller from code may have all of a stack's config in hand.
 */
export function requireStack(directory: string, stack: string): void {
  const stacks = readdirSync(directory).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  if (stacks.length > 0 && !stacks.includes(stack))
    throw new Error(
      `there is no stack '${stack}': the stacks are ${stacks.sort().join(", ")} (a new one needs a file ${join(directory, `Pulumi.${stack}.yaml`)}, be it empty)`,
    );
}

/**
 * The stack's configuration: the project's defaults, the stack's file, then `overrides`, the last word. Keys without a
 * namespace get the project's. `passphrase` is asked for only where the file holds secrets.
 */
export function readConfig(
  directory: string,
  project: Project,
  stack: string,
  overrides: Record<string, unknown> = {},
  passphrase: () => string = fromEnvironment,
): StackConfig {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  const content = (existsSync(file) ? readYaml(readFileSync(file, "utf8"), file) : undefined) as
    | { config?: Record<string, unknown>; encryptionsalt?: string; secretsprovider?: string }
    | undefined;
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  let key: Buffer | undefined;
  const decrypt = (text: string, where: string): string => {
    if (!content?.encryptionsalt)
      throw new Error(
        `${file}: ${where} is encrypted by ${content?.secretsprovider ?? "Pulumi's service"}: only the passphrase provider (encryptionsalt) can be read without the CLI`,
      );
    key ??= keyOf(passphrase(), content.encryptionsalt, file);
    return open(key, text, `${file}: ${where}`);
  };
  // `aws:config:region` is how earlier releases of Pulumi wrote `aws:region`.
  const qualify = (name: string) =>
    name.includes(":") ? name.replace(/^([^:]+):config:/, "$1:") : `${project.name}:${name}`;
  for (const source of [project.defaults, content?.config ?? {}, overrides])
    for (const [name, raw] of Object.entries(source)) {
      const at = qualify(name);
      let secret = false;
      const value = withSecrets(raw, at, (text, where) => {
        secret = true;
        return decrypt(text, where);
      });
      if (value === undefined) continue;
      values[at] = configText(value);
      if (secret && !secretKeys.includes(at)) secretKeys.push(at);
    }
  const missing = project.required.filter((name) => values[qualify(name)] === undefined);
  if (missing.length > 0)
    throw new Error(
      `${file}: config ${missing.map((name) => `'${name}'`).join(", ")} is missing: Pulumi.yaml declares it, and gives no default`,
    );
  return { values, secretKeys };
}

function fromEnvironment(): string {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (text !== undefined) return text;
  if (file) return readFileSync(file, "utf8").trim();
  throw new Error(
    "the stack's secrets need a passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  );
}

function withSecrets(value: unknown, where: string, decrypt: (text: string, where: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item, i) => withSecrets(item, `${where}[${i}]`, decrypt));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [[name, text] = []] = entries;
  if (entries.length === 1 && name === "secure" && typeof text === "string") return decrypt(text, where);
  return Object.fromEntries(entries.map(([name, item]) => [name, withSecrets(item, `${where}.${name}`, decrypt)]));
}

/** The salt is `v1:<base64 salt>:<a known word, encrypted>`: the word tells a wrong passphrase from a damaged value. */
function keyOf(passphrase: string, salt: string, file: string): Buffer {
  const [version, bytes = "", ...check] = salt.split(":");
  if (version !== "v1") throw new Error(`${file}: encryptionsalt has version '${version}', not v1`);
  const key = pbkdf2Sync(passphrase, Buffer.from(bytes, "base64"), 1_000_000, 32, "sha256");
  if (open(key, check.join(":"), `${file}: encryptionsalt`, "the passphrase is wrong") !== "pulumi")
    throw new Error(`${file}: the passphrase is wrong`);
  return key;
}

/** Opens `v1:<base64 nonce>:<base64 AES-256-GCM text and tag>`. */
function open(key: Buffer, text: string, where: string, why = "it can't be decrypted: it is damaged"): string {
  const [version, nonce = "", sealed = ""] = text.split(":");
  const bytes = Buffer.from(sealed, "base64");
  try {
    if (version !== "v1") throw new Error("unknown version");
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
  } catch {
    throw new Error(`${where}: ${why}`);
  }
}
