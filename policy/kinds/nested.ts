// Finds every object of a resource: itself, the items of a list, and objects in its fields or in manifests that it holds as text.
import { type Context, type FixableRule, type InArea, type Report, type ResourceRule, resourceRule } from "../rule.ts";
import { changed, each, gather } from "../unknown.ts";
import { type Fields, isText, items } from "../values.ts";
import { type KubeObject, nameOf } from "./objects.ts";
import { type ObjectShape, type Shape, shapesIn, under } from "./shapes.ts";
import { isBuiltIn, isWorkflow, kindOf, typeOf } from "./types.ts";

/** An object, and its path in the resource. */
export interface Placed {
  object: KubeObject;
  /** The type under which it would be registered by itself. */
  type: string;
  kind: string;
  /** Ends with a dot; "" for the resource itself. */
  path: string;
  /** Whether `{{…}}` or `$(…)` is filled in before the object is created. */
  templated: boolean;
  /** The pods, workflows and objects that its fields' form shows, in a custom kind. */
  readonly shapes: readonly Shape[];
}

/** Whether a type belongs to Tekton, whose objects have variables, `$(…)`. */
const isOfTekton = (type: string): boolean => /^kubernetes:(triggers\.)?tekton\.dev\//.test(type);

/** Whether resources of a type may contain other objects: lists of any kind, and custom kinds. */
export const mayContainObjects = (type: string): boolean => {
  const kind = kindOf(type);
  return kind !== undefined && (kind.endsWith("List") || !isBuiltIn(type));
};

/** The registered object, then those in it. With `toChange`, only objects that can be changed in place, so none of texts. */
export function objectsIn(type: string, props: unknown, toChange = false): Placed[] {
  return withInner({ object: props as KubeObject, type, path: "", templated: false }, !toChange);
}

/** The objects that a resource registers: itself, or the items if it is a list. */
export function listedIn(type: string, props: unknown): Omit<Placed, "shapes">[] {
  return unlisted({ object: props as KubeObject, type, kind: kindOf(type) ?? "", path: "", templated: false });
}

function unlisted(place: Omit<Placed, "shapes">): Omit<Placed, "shapes">[] {
  if (!isList(place)) return [place];
  return gather(listed(place), (item) => unlisted({ ...item, kind: kindOf(item.type) ?? "" }));
}

type Place = Omit<Placed, "kind" | "shapes">;

function withInner(place: Place, texts: boolean): Placed[] {
  const { object, type, path } = place;
  const kind = kindOf(type) ?? "";
  const templated = place.templated || isWorkflow(type) || isOfTekton(type);
  const listing = isList({ object, type });
  const shapes = isBuiltIn(type) ? [] : shapesIn(object, path, { texts, without: listing ? ["items"] : [] });
  return [
    { ...place, kind, templated, shapes },
    ...(listing ? gather(listed({ ...place, templated }), (item) => withInner(item, texts)) : []),
    ...gather(shapes, (shape) => (shape.kind === "object" ? withInnerOf(shape, templated, texts) : [])),
  ];
}

/** The objects in each one that is from a text, with their paths in that: found once for all rules. */
const inTexts = new WeakMap<Fields, readonly Placed[]>();

/** An object that is found in another one's fields, then those in it. */
function withInnerOf({ value, type, path, isFromText }: ObjectShape, templated: boolean, texts: boolean): Placed[] {
  const object = value as KubeObject;
  if (!isFromText) return withInner({ object, type, path: `${path}.`, templated }, texts);
  const found = inTexts.get(value) ?? withInner({ object, type, path: "", templated: false }, texts);
  inTexts.set(value, found);
  return found.map((placed) => ({
    ...placed,
    path: `${path}.${placed.path}`,
    templated: templated || placed.templated,
    shapes: placed.shapes.map((shape) => under(`${path}.`, shape)),
  }));
}

/** Whether an object is a list of others: `List`, the SDK's list of each kind, or a custom kind's list with items. */
function isList({ object, type }: Pick<Place, "object" | "type">): boolean {
  if (!kindOf(type)?.endsWith("List")) return false;
  return isBuiltIn(type) || Array.isArray(object.items);
}

/** The items of a list; an item without a kind or an apiVersion has those that the list's own name says. */
function listed({ object, type, path, templated }: Place): Place[] {
  const [, apiVersion = "", kind = ""] = type.split(":");
  return gather(items(object.items), (item, i) => {
    const own = isText(item.kind) ? item.kind : kind.slice(0, -"List".length);
    if (own === "") return [];
    const version = isText(item.apiVersion) ? item.apiVersion : apiVersion;
    return [{ object: item as KubeObject, type: typeOf(version, own), path: `${path}items[${i}].`, templated }];
  });
}

/** A rule over every object in resources, of the types that `appliesTo` selects. */
export function placedRule({
  appliesTo,
  check,
  fix,
  ...rest
}: FixableRule<Placed> & InArea & { appliesTo: (type: string) => boolean }): ResourceRule {
  const chosen = (type: string, props: unknown, context: Context, toChange = false) =>
    gather(objectsIn(type, props, toChange), (placed) =>
      appliesTo(placed.type) && !(placed.path !== "" && isExcepted(placed, context)) ? [placed] : [],
    );
  const within = (context: Context, { type, object }: Placed): Context => ({
    ...context,
    args: { ...context.args, type, props: object },
  });
  return resourceRule({
    ...rest,
    applies: (type) => appliesTo(type) || mayContainObjects(type),
    check: ({ type, props }, report, context) =>
      each(chosen(type, props, context), (placed) => check(placed, report, within(context, placed))),
    ...(fix
      ? {
          fix: ({ type, props }, context) =>
            changed(chosen(type, props, context, true), (placed) => fix(placed, within(context, placed))),
        }
      : {}),
    nameOf,
  });
}

/** Whether the rule's setting `except` names an object that is in another one. */
function isExcepted({ object }: Placed, context: Context): boolean {
  const except = context.setting<string[] | undefined>("except");
  return except !== undefined && except.length > 0 && except.includes(nameOf({ props: object }));
}

/** A report about an object, whose paths begin at the resource. */
export const reportFrom =
  ({ path }: Pick<Placed, "path">, report: Report): Report =>
  (where, wrong, right) =>
    report(path + where, wrong, right);

/** A rule over the objects of some kinds. */
export function objectRule({
  kinds,
  check,
  fix,
  ...rest
}: FixableRule<KubeObject> & InArea & { kinds: readonly string[] }): ResourceRule {
  const names = new Set(kinds);
  return placedRule({
    ...rest,
    appliesTo: (type) => names.has(kindOf(type) ?? ""),
    check: (placed, report, context) => check(placed.object, reportFrom(placed, report), context),
    fix: fix && (({ object }, context) => fix(object, context)),
  });
}
