// Reads kubeconfigs as kubectl does: one that is named, or those of KUBECONFIG merged, or ~/.kube/config.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse, type ScalarTag } from "yaml";
import { type Fields, isFields } from "./check.ts";

/** A cluster, a user or a context by its name. */
export interface Entry {
  fields: unknown;
  /** For messages, such as `kubeconfig /a/config: users['alice'].user`. */
  where: string;
  /** Folder that its relative paths start from. */
  folder: string;
}

/** The content of all files together. Its fields are not checked yet. */
export interface Kubeconfig {
  /** For messages, such as `kubeconfig /a/config`. */
  where: string;
  /** "" if no file has one. */
  currentContext: string;
  contexts: ReadonlyMap<string, Entry>;
  clusters: ReadonlyMap<string, Entry>;
  users: ReadonlyMap<string, Entry>;
}

export interface ReadOptions {
  /** Path (`~/` is the home folder) or content; "" or undefined means KUBECONFIG, then ~/.kube/config. */
  kubeconfig?: string | undefined;
  env?: NodeJS.ProcessEnv;
}

/** There is no kubeconfig to read. */
export class NoKubeconfig extends Error {}

/** @throws NoKubeconfig if no file exists, and an error with the file's name if one can't be read or isn't a kubeconfig. */
export function readKubeconfig({ kubeconfig, env = process.env }: ReadOptions = {}): Kubeconfig {
  if (kubeconfig && isContent(kubeconfig)) {
    return parsed(kubeconfig, { where: "kubeconfig", folder: process.cwd() });
  }
  const paths = kubeconfigPaths({ kubeconfig, env });
  const existing = paths.filter((path) => existsSync(path));
  if (existing.length === 0)
    throw new NoKubeconfig(
      paths.length === 1
        ? `kubeconfig ${paths[0]} does not exist: is the cluster up?`
        : `none of the kubeconfigs of KUBECONFIG exists (${paths.join(", ") || "it names no file"}): is the cluster up?`,
    );
  const files = existing.map((path) => parsed(readFile(path), { where: `kubeconfig ${path}`, folder: dirname(path) }));
  return files.length === 1 && files[0] ? files[0] : merged(files, `kubeconfig ${existing.join(" + ")}`);
}

/** Absolute paths of the files that are read unless the content is given; a file need not exist. */
export function kubeconfigPaths({ kubeconfig, env = process.env }: ReadOptions = {}): string[] {
  const home = env.HOME || homedir();
  if (kubeconfig) return [resolve(kubeconfig.replace(/^~(?=\/)/, home))];
  if (!env.KUBECONFIG) return [join(home, ".kube", "config")];
  const paths = env.KUBECONFIG.split(delimiter).filter((path) => path !== "");
  return [...new Set(paths.map((path) => resolve(path)))];
}

/** Whether it is a kubeconfig's content rather than a path. */
export function isContent(kubeconfig: string): boolean {
  return kubeconfig.includes("\n") || /^\uFEFF?\s*\{/.test(kubeconfig);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`kubeconfig ${path} can't be read: ${(error as Error).message}`);
  }
}

/** Go's reader also knows the words of YAML 1.1 for true and false, such as `yes` and `off`. */
const wordTags: ScalarTag[] = ([true, false] as const).map((value) => ({
  tag: "tag:yaml.org,2002:bool",
  default: true,
  identify: () => false,
  test: value ? /^(?:[Yy]es|YES|[Oo]n|ON)$/ : /^(?:[Nn]o|NO|[Oo]ff|OFF)$/,
  resolve: () => value,
}));

function parsed(text: string, { where, folder }: { where: string; folder: string }): Kubeconfig {
  let content: unknown;
  try {
    content = parse(text.replace(/^\uFEFF/, ""), { merge: true, customTags: (tags) => [...wordTags, ...tags] }) ?? {};
  } catch (error) {
    const [first = ""] = (error as Error).message.split("\n");
    const why = first.startsWith("Source contains multiple documents") ? "it holds several YAML documents" : first;
    throw new Error(`${where} can't be read as YAML or JSON: ${why}`);
  }
  if (!isFields(content)) throw new Error(`${where} is not a kubeconfig: it has no fields`);
  const { kind = "Config", apiVersion = "v1", "current-context": current } = content;
  if (kind !== "Config" || apiVersion !== "v1")
    throw new Error(`${where} is not a kubeconfig: it is ${String(kind)} of ${String(apiVersion)}, not Config of v1`);
  if (typeof (current ?? "") !== "string")
    throw new Error(`${where}: current-context is ${String(current)}: it must be a text (in quotes)`);
  const entries = (list: string, field: string) => entriesOf(content as Fields, { list, field, where, folder });
  return {
    where,
    currentContext: (current as string | null | undefined) ?? "",
    contexts: entries("contexts", "context"),
    clusters: entries("clusters", "cluster"),
    users: entries("users", "user"),
  };
}

interface List {
  /** Name of the list, and of the field that holds an entry's own fields. */
  list: string;
  field: string;
  where: string;
  folder: string;
}

function entriesOf(content: Fields, { list, field, where, folder }: List): Map<string, Entry> {
  const items = content[list] ?? [];
  if (!Array.isArray(items)) throw new Error(`${where}: ${list} must be a list`);
  const entries = new Map<string, Entry>();
  for (const [i, item] of items.entries()) {
    const name = isFields(item) ? item.name : undefined;
    if (typeof name !== "string" || name === "")
      throw new Error(
        `${where}: ${list}[${i}].name is ${name === undefined ? "missing" : String(name) || "empty"}: it must be a text (in quotes)`,
      );
    if (entries.has(name)) throw new Error(`${where}: ${list} has '${name}' twice: give each entry a name of its own`);
    entries.set(name, { fields: (item as Fields)[field], where: `${where}: ${list}['${name}'].${field}`, folder });
  }
  return entries;
}

/** As kubectl merges: the first file that has a name, or says the current context, wins; entries are never mixed. */
function merged(files: readonly Kubeconfig[], where: string): Kubeconfig {
  const first = (of: (file: Kubeconfig) => ReadonlyMap<string, Entry>) =>
    new Map([...files].reverse().flatMap((file) => [...of(file)]));
  return {
    where,
    currentContext: files.find(({ currentContext }) => currentContext !== "")?.currentContext ?? "",
    contexts: first(({ contexts }) => contexts),
    clusters: first(({ clusters }) => clusters),
    users: first(({ users }) => users),
  };
}
