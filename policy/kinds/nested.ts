// Every object that a resource brings: itself, those in a list, and those that it has in a field or as a manifest's text.
import { type Area, type Context, type Report, type ResourceRule, type RuleText, resourceRule } from "../rule.ts";
import { changed, each, gather } from "../unknown.ts";
import { isText, items } from "../values.ts";
import { type KubeObject, nameOf } from "./objects.ts";
import { type Shape, shapesIn } from "./shapes.ts";
import { isBuiltIn, isWorkflow, kindOf, typeOf } from "./types.ts";

/** An object, and where in the resource it stands. */
export interface Placed {
  object: KubeObject;
  /** As it would be registered by itself. */
  type: string;
  kind: string;
  /** Ends with a dot; "" for the resource itself. */
  path: string;
  /** Whether `{{…}}` or `$(…)` is filled in before the object is made. */
  templated: boolean;
  /** What its look tells, in a custom kind. */
  readonly shapes: readonly Shape[];
}

/** Groups whose objects have variables, `$(…)`, like Argo's workflows. */
const isOfTekton = (type: string): boolean => /^kubernetes:(triggers\.)?tekton\.dev\//.test(type);

/** Whether resources of a type may bring other objects: lists of any kind, and custom kinds. */
export const mayBring = (type: string): boolean => {
  const kind = kindOf(type);
  return kind !== undefined && (kind.endsWith("List") || !isBuiltIn(type));
};

/** The object that is registered, then those in it. With `toChange` only such that are written in place: none from texts. */
export function objectsIn(type: string, props: unknown, toChange = false): Placed[] {
  return withInner({ object: props as KubeObject, type, path: "", templated: false }, !toChange);
}

/** The objects that a resource registers: itself, or, where it is a list, what is on it. */
export function listedIn(type: string, props: unknown): Omit<Placed, "shapes">[] {
  return unlisted({ object: props as KubeObject, type, kind: kindOf(type) ?? "", path: "", templated: false });
}

function unlisted(one: Omit<Placed, "shapes">): Omit<Placed, "shapes">[] {
  if (!isList(one)) return [one];
  return gather(listed(one), (item) => unlisted({ ...item, kind: kindOf(item.type) ?? "" }));
}

type Place = Omit<Placed, "kind" | "shapes">;

function withInner(place: Place, texts: boolean): Placed[] {
  const { object, type, path } = place;
  const kind = kindOf(type) ?? "";
  const templated = place.templated || isWorkflow(type) || isOfTekton(type);
  const listing = isList({ object, type });
  const shapes = isBuiltIn(type) ? [] : shapesIn(object, path, { texts, without: listing ? ["items"] : [] });
  const held = gather(shapes, (shape) =>
    shape.kind === "object"
      ? [{ object: shape.value as KubeObject, type: shape.type, path: `${shape.path}.`, templated }]
      : [],
  );
  const inner = listing ? [...listed({ ...place, templated }), ...held] : held;
  return [{ ...place, kind, templated, shapes }, ...gather(inner, (one) => withInner(one, texts))];
}

/** Whether an object is a list of others: `List`, the SDK's list of each kind, and a custom kind's that has items. */
function isList({ object, type }: Pick<Place, "object" | "type">): boolean {
  if (!kindOf(type)?.endsWith("List")) return false;
  return isBuiltIn(type) || Array.isArray(object.items);
}

/** The items of a list; one that leaves out what it is is what the list is of. */
function listed({ object, type, path, templated }: Place): Place[] {
  const [, apiVersion = "", kind = ""] = type.split(":");
  return gather(items(object.items), (item, i) => {
    const own = isText(item.kind) ? item.kind : kind.slice(0, -"List".length);
    const version = isText(item.apiVersion) ? item.apiVersion : apiVersion;
    return [{ object: item as KubeObject, type: typeOf(version, own), path: `${path}items[${i}].`, templated }];
  });
}

/** A rule over every object that resources bring, of the types that `applies` picks. */
export function placedRule(
  area: Area,
  text: RuleText,
  parts: {
    applies: (type: string) => boolean;
    check: (placed: Placed, report: Report, context: Context) => void;
    fix?: ((placed: Placed, context: Context) => boolean) | undefined;
  },
): ResourceRule {
  const { check, fix } = parts;
  const applies = (type: string) => parts.applies(type) || mayBring(type);
  const wanted = (type: string, props: unknown, context: Context, toChange = false) =>
    gather(objectsIn(type, props, toChange), (one) =>
      parts.applies(one.type) && !(one.path !== "" && isExcepted(one, context)) ? [one] : [],
    );
  const within = (context: Context, { type, object }: Placed): Context => ({
    ...context,
    args: { ...context.args, type, props: object },
  });
  return resourceRule(area, text, {
    applies,
    check: ({ type, props }, report, context) =>
      each(wanted(type, props, context), (one) => check(one, report, within(context, one))),
    ...(fix
      ? {
          fix: ({ type, props }, context) =>
            changed(wanted(type, props, context, true), (one) => fix(one, within(context, one))),
        }
      : {}),
    nameOf,
  });
}

/** Whether an object in another is among those that a rule is told to leave alone. */
function isExcepted({ object }: Placed, context: Context): boolean {
  const except = context.setting<string[] | undefined>("except");
  return except !== undefined && except.length > 0 && except.includes(nameOf({ props: object }));
}

/** A report for what stands in an object, with paths from the resource. */
export const reportFrom =
  ({ path }: Pick<Placed, "path">, report: Report): Report =>
  (where, wrong, right) =>
    report(path + where, wrong, right);

/** A rule over the objects of some kinds. */
export function objectRule(
  area: Area,
  kinds: readonly string[],
  text: RuleText,
  check: (object: KubeObject, report: Report, context: Context) => void,
  fix?: (object: KubeObject, context: Context) => boolean,
): ResourceRule {
  const names = new Set(kinds);
  return placedRule(area, text, {
    applies: (type) => names.has(kindOf(type) ?? ""),
    check: (one, report, context) => check(one.object, reportFrom(one, report), context),
    fix: fix && (({ object }, context) => fix(object, context)),
  });
}
