// Finds pods in objects of unknown kinds, by the form of their fields.
import { parseAllDocuments } from "yaml";
import { gather } from "../unknown.ts";
import { type Fields, fields, isText, items } from "../values.ts";
import { singleContainer } from "./pod.ts";
import { typeOf } from "./types.ts";

/** A pod's spec in an object, or another whole object in it. */
export type Shape =
  | { kind: "pod"; path: string; spec: Fields; holder: Fields; holderPath: string }
  | { kind: "object"; path: string; value: Fields; type: string };

/** Fields of which nearly every container has one, and other objects none. */
const containerFields = ["image", "command", "args", "env", "envFrom", "resources", "securityContext", "volumeMounts"];
const lists = ["containers", "initContainers", "ephemeralContainers"];
const hostNamespaces = ["hostNetwork", "hostPID", "hostIPC"];

/** The pods and objects in an object, outside of its metadata; with `texts` those in manifests that are given as text too. */
export function shapesIn(object: Fields, prefix: string, texts: boolean): Shape[] {
  const names = Object.keys(object).filter((name) => name !== "metadata" && name !== "status");
  return gather(names, (name) => walk(object[name], prefix + name, { holder: object, holderPath: prefix }, texts));
}

function walk(value: unknown, path: string, above: { holder: Fields; holderPath: string }, texts: boolean): Shape[] {
  if (Array.isArray(value))
    return gather(items(value), (item, i) =>
      walk(item, `${path}[${i}]`, { holder: {}, holderPath: `${path}[${i}].` }, texts),
    );
  if (texts && isText(value) && isManifest.test(value))
    return gather(parsed(value), (document) => walk(document, path, { holder: {}, holderPath: `${path}.` }, texts));
  const one = fields(value);
  const { apiVersion, kind } = one;
  if (isText(apiVersion) && isText(kind)) return [{ kind: "object", path, value: one, type: typeOf(apiVersion, kind) }];
  const names = Object.keys(one).filter((name) => !lists.includes(name));
  const inside = gather(names, (name) =>
    walk(one[name], `${path}.${name}`, { holder: one, holderPath: `${path}.` }, texts),
  );
  return isPod(one) ? [{ kind: "pod", path, spec: one, ...above }, ...inside] : inside;
}

/** The field that every manifest has, in YAML or JSON. */
const isManifest = /(^|[\n{,])\s*["']?apiVersion["']?\s*:/;

/** The documents of a manifest that can be parsed before its variables are replaced. */
const parsed = (text: string): Fields[] =>
  [parseAllDocuments(text, { logLevel: "silent" })].flat().map((document) => {
    try {
      return fields(document.toJS());
    } catch {
      return {};
    }
  });

/** Whether an object has containers, or shares its node's namespaces. */
function isPod(one: Fields): boolean {
  const names = Object.keys(one);
  return (
    gather(names, (name) => {
      if (lists.includes(name)) return gather(items(one[name]), (item) => (isContainer(item) ? [name] : []));
      if (singleContainer.test(name)) return isContainer(fields(one[name])) ? [name] : [];
      return hostNamespaces.includes(name) && one[name] === true ? [name] : [];
    }).length > 0
  );
}

const isContainer = (one: Fields): boolean => containerFields.some((name) => name in one);
