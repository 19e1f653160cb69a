// Finds pods in objects of unknown kinds, by the form of their fields.
import { gather, some } from "../unknown.ts";
import { type Fields, fields, isOn, isText, items } from "../values.ts";
import { manifestsIn } from "./manifests.ts";
import { containerLists, isTask, nodeNamespaces, singleContainer } from "./pod.ts";
import { typeOf } from "./types.ts";

/** A pod's spec or a workflow's spec in an object, or another whole object in it. */
export type Shape = PodShape | { kind: "workflow"; path: string; spec: Fields } | ObjectShape;

/** A pod's spec, and the object that has it in a field. */
export interface PodShape {
  kind: "pod";
  path: string;
  spec: Fields;
  holder: Fields;
  holderPath: string;
}

/** A whole object. */
export interface ObjectShape {
  kind: "object";
  path: string;
  value: Fields;
  /** The type under which Pulumi would register it. */
  type: string;
  /** Whether it is from a manifest that is given as text. */
  isFromText: boolean;
}

/** Nearly every container has one of these fields, and other objects have none. */
const containerFields = ["image", "command", "args", "env", "envFrom", "resources", "securityContext", "volumeMounts"];
/** Fields one of which every template of a workflow has. */
const templateFields = ["container", "script", "containerSet", "dag", "steps", "resource", "suspend", "http", "plugin"];
/** Fields one of which a whole object has; a reference to an object, such as a scaler's target, has none. */
const bodies = ["metadata", "spec", "template", "items", "rules", "roleRef", "subjects", "data"];
/** Levels of a value that are searched; no kind nests as deep. */
const deepest = 100;

interface WalkOptions {
  /** Whether manifests that are given as text are searched. */
  texts: boolean;
  /** Whether the value is from such a manifest. */
  isFromText: boolean;
  depth: number;
}
type Above = { holder: Fields; holderPath: string };

/** The shapes in an object's fields, except in its metadata, its status and the fields in `without`. */
export function shapesIn(
  object: Fields,
  prefix: string,
  { texts, without }: { texts: boolean; without: readonly string[] },
): Shape[] {
  const names = Object.keys(object).filter((name) => !["metadata", "status", ...without].includes(name));
  return gather(names, (name) =>
    walk(object[name], prefix + name, { holder: object, holderPath: prefix }, { texts, isFromText: false, depth: 0 }),
  );
}

/** What the manifests of a text contain, found once for all rules: a text may be large, and has no unknown values. */
const inTexts = new WeakMap<readonly Fields[], readonly Shape[]>();

function shapesInText(text: string, path: string): Shape[] {
  const documents = manifestsIn(text);
  if (documents.length === 0) return [];
  const above = { holder: {}, holderPath: "." };
  const shapes =
    inTexts.get(documents) ??
    documents.flatMap((document) => walk(document, "", above, { texts: true, isFromText: true, depth: 0 }));
  inTexts.set(documents, shapes);
  return shapes.map((shape) => under(path, shape));
}

/** A shape in an object that is itself at a path. */
export const under = (path: string, shape: Shape): Shape =>
  shape.kind === "pod"
    ? { ...shape, path: path + shape.path, holderPath: path + shape.holderPath }
    : { ...shape, path: path + shape.path };

function walk(value: unknown, path: string, above: Above, options: WalkOptions): Shape[] {
  const deeper = { ...options, depth: options.depth + 1 };
  if (deeper.depth > deepest) return [];
  if (Array.isArray(value))
    return gather(items(value), (item, i) =>
      walk(value[i], `${path}[${i}]`, { holder: item, holderPath: `${path}[${i}].` }, deeper),
    );
  if (isText(value)) return options.texts ? shapesInText(value, path) : [];
  const object = fields(value);
  const { apiVersion, kind } = object;
  if (isText(apiVersion) && isText(kind) && isWhole(object))
    return [{ kind: "object", path, value: object, type: typeOf(apiVersion, kind), isFromText: options.isFromText }];
  const names = Object.keys(object).filter((name) => !containerLists.includes(name));
  const inside = gather(names, (name) =>
    walk(object[name], `${path}.${name}`, { holder: object, holderPath: `${path}.` }, deeper),
  );
  // The pods of a workflow are found by workflow-pods.ts; whole objects in it are not.
  if (isWorkflowSpec(object))
    return [{ kind: "workflow", path, spec: object }, ...inside.filter((shape) => shape.kind === "object")];
  return isPod(object) ? [{ kind: "pod", path, spec: object, ...above }, ...inside] : inside;
}

/** Whether an object with a kind is a whole one, and not a reference. */
const isWhole = (object: Fields): boolean =>
  some(bodies, (name) => typeof object[name] === "object" && object[name] !== null);

const isWorkflowSpec = ({ templates }: Fields): boolean =>
  some(items(templates), (template) => some(templateFields, (name) => typeof template[name] === "object"));

/** Whether an object has containers, or shares its node's namespaces. */
function isPod(spec: Fields): boolean {
  const names = Object.keys(spec);
  return (
    gather(names, (name) => {
      if (name === "steps") return isTask(spec) ? [name] : [];
      if (containerLists.includes(name)) return gather(items(spec[name]), (item) => (isContainer(item) ? [name] : []));
      if (singleContainer.test(name)) return isContainer(fields(spec[name])) ? [name] : [];
      return nodeNamespaces.includes(name) && isOn(spec[name]) ? [name] : [];
    }).length > 0
  );
}

const isContainer = (value: Fields): boolean => containerFields.some((name) => name in value);
