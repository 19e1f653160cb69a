// Finds pods in objects of unknown kinds, by the form of their fields.
import { gather, some } from "../unknown.ts";
import { type Fields, fields, isText, items } from "../values.ts";
import { manifestsIn } from "./manifests.ts";
import { singleContainer } from "./pod.ts";
import { typeOf } from "./types.ts";

/** A pod's spec in an object, a workflow's, or another whole object in it. */
export type Shape =
  | { kind: "pod"; path: string; spec: Fields; holder: Fields; holderPath: string }
  | { kind: "workflow"; path: string; spec: Fields }
  | { kind: "object"; path: string; value: Fields; type: string };

/** Fields of which nearly every container has one, and other objects none. */
const containerFields = ["image", "command", "args", "env", "envFrom", "resources", "securityContext", "volumeMounts"];
const lists = ["containers", "initContainers", "ephemeralContainers"];
const hostNamespaces = ["hostNetwork", "hostPID", "hostIPC"];
/** What a template of a workflow has one of. */
const templateFields = ["container", "script", "containerSet", "dag", "steps", "resource", "suspend", "http", "plugin"];
/** What a whole object has something of; a reference to one, such as a scaler's target, has none. */
const bodies = ["metadata", "spec", "template", "items", "rules", "roleRef", "subjects", "data"];
/** How deep a value is looked into: no kind nests as deep. */
const deepest = 100;

interface Looking {
  /** Whether manifests that are given as text are looked into. */
  texts: boolean;
  depth: number;
}
type Above = { holder: Fields; holderPath: string };

/** What an object has in its fields, but for its metadata, its status and those in `without`. */
export function shapesIn(
  object: Fields,
  prefix: string,
  { texts, without }: { texts: boolean; without: readonly string[] },
): Shape[] {
  const names = Object.keys(object).filter((name) => !["metadata", "status", ...without].includes(name));
  return gather(names, (name) =>
    walk(object[name], prefix + name, { holder: object, holderPath: prefix }, { texts, depth: 0 }),
  );
}

function walk(value: unknown, path: string, above: Above, looking: Looking): Shape[] {
  const deeper = { ...looking, depth: looking.depth + 1 };
  if (deeper.depth > deepest) return [];
  if (Array.isArray(value))
    return gather(items(value), (item, i) =>
      walk(value[i], `${path}[${i}]`, { holder: item, holderPath: `${path}[${i}].` }, deeper),
    );
  if (isText(value))
    return looking.texts
      ? gather(manifestsIn(value), (document) => walk(document, path, { holder: {}, holderPath: `${path}.` }, deeper))
      : [];
  const one = fields(value);
  const { apiVersion, kind } = one;
  if (isText(apiVersion) && isText(kind) && isWhole(one))
    return [{ kind: "object", path, value: one, type: typeOf(apiVersion, kind) }];
  const names = Object.keys(one).filter((name) => !lists.includes(name));
  const inside = gather(names, (name) =>
    walk(one[name], `${path}.${name}`, { holder: one, holderPath: `${path}.` }, deeper),
  );
  // What a workflow has inside is its own to tell, but for whole objects.
  if (isWorkflowSpec(one))
    return [{ kind: "workflow", path, spec: one }, ...inside.filter((shape) => shape.kind === "object")];
  return isPod(one) ? [{ kind: "pod", path, spec: one, ...above }, ...inside] : inside;
}

/** Whether what names a kind is an object of it, and not a reference to one. */
const isWhole = (one: Fields): boolean => some(bodies, (name) => typeof one[name] === "object" && one[name] !== null);

const isWorkflowSpec = ({ templates }: Fields): boolean =>
  some(items(templates), (template) => some(templateFields, (name) => typeof template[name] === "object"));

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
