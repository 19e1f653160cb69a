// Property paths as in the options ignoreChanges and replaceOnChanges: `a.b[0].c`, `a["x.y/z"]`, `a[*]`, `*`.

type Step = string | number;

/** Reads a path; `*` steps match every member. Throws where brackets or quotes don't close. */
export function parsePath(text: string): Step[] {
  const steps: Step[] = [];
  const pattern = /\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]|([^.[\]"]+)|\./gy;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new Error(`'${text}' is not a valid property path: it can't be read from '${text.slice(at)}' on`);
    const [, index, quoted, star, name] = match;
    if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else if (star ?? name) steps.push(star ?? name ?? "");
  }
  return steps;
}

const isObject = (value: unknown): value is Record<Step, unknown> => typeof value === "object" && value !== null;

/** The existing places in a value that a path matches, as paths without `*`. */
export function places(value: unknown, path: readonly Step[]): Step[][] {
  const [step, ...rest] = path;
  if (step === undefined) return [[]];
  if (!isObject(value)) return [];
  const members: Step[] =
    step !== "*" ? (step in value ? [step] : []) : Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return members.flatMap((member) => places(value[member], rest).map((place) => [member, ...place]));
}

/** The value at a place; undefined where there is none. */
export function at(value: unknown, place: readonly Step[]): unknown {
  return place.reduce<unknown>((inner, step) => (isObject(inner) ? inner[step] : undefined), value);
}

/** Sets the value at a place whose parent exists; undefined removes it. */
export function put(value: unknown, place: readonly Step[], item: unknown): void {
  const last = place.at(-1);
  const holder = at(value, place.slice(0, -1));
  if (last === undefined || !isObject(holder)) return;
  if (item !== undefined) holder[last] = item;
  else if (!Array.isArray(holder)) delete holder[last];
}
