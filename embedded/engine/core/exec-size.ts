// What the kernel takes when it starts a program. A container beyond that ends with a bare exit code, so it is told before.
import { type Container, type Json, type JsonObject, SpecError } from "./types.ts";

/** MAX_ARG_STRLEN, 32 pages, less the NUL that ends each string. */
export const LONGEST_STRING = 32 * 4096 - 1;
/** A quarter of the usual 8 MiB of stack holds all strings and the pointers to them. */
export const LARGEST_TOTAL = 2 * 1024 * 1024;
const POINTER = 8;
/** Left for what the image and the kubelet add: PATH, HOME, the addresses of a namespace's Services. */
const RESERVE = 32 * 1024;
/** Of all annotations of an object, keys included; a script travels as one. */
const LARGEST_ANNOTATIONS = 256 * 1024;

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const bytes = (text: string) => Buffer.byteLength(text, "utf8");

/** The bytes of a text once the kubelet has put variables in for `$(NAME)`: by sizes, for what they grow to has no bound. */
function expanded(text: string, variables: ReadonlyMap<string, number>): number {
  let size = bytes(text);
  for (const [tag, , name] of text.matchAll(/\$(\$|\(([^)]*)\))/g)) {
    const value = name === undefined ? 1 : variables.get(name);
    if (value !== undefined) size += value - bytes(tag);
  }
  return size;
}

const strings = (list: Json | undefined): string[] => (Array.isArray(list) ? list.map(String) : []);

function requireSize(size: number, field: string): void {
  if (size <= LONGEST_STRING) return;
  throw new SpecError(
    `${field}: ${size} bytes are more than the ${LONGEST_STRING} that Linux takes for one argument or variable: pass it in parts, in a script's source or by the store`,
  );
}

/** Throws a SpecError that names the field when a container's program could not be started with what it is given. */
export function checkExecSize(container: Container, field: string): void {
  const variables = new Map<string, number>();
  let total = 0;
  const count = (size: number) => {
    total += size + 1 + POINTER;
  };
  for (const [index, variable] of (Array.isArray(container.env) ? container.env : []).entries()) {
    if (!isObject(variable) || typeof variable.value !== "string") continue;
    const name = String(variable.name);
    const size = expanded(variable.value, variables);
    requireSize(bytes(name) + 1 + size, `${field}.env[${index}] (${name})`);
    variables.set(name, size);
    count(bytes(name) + 1 + size);
  }
  for (const list of ["command", "args"] as const) {
    for (const [index, text] of strings(container[list]).entries()) {
      const size = expanded(text, variables);
      requireSize(size, `${field}.${list}[${index}]`);
      count(size);
    }
  }
  if (total > LARGEST_TOTAL - RESERVE)
    throw new SpecError(
      `${field}: command, arguments and environment have ${total} bytes together, more than the ${LARGEST_TOTAL - RESERVE} that a program can be started with: pass them in a script's source or by the store`,
    );
}

/** Throws a SpecError when a pod's annotations, one of which may carry a script, are more than Kubernetes takes. */
export function checkAnnotations(annotations: Record<string, string>, script: string | undefined): void {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
  if (size <= LARGEST_ANNOTATIONS) return;
  const field = script === undefined ? "metadata.annotations" : "script.source";
  const own = script === undefined ? "" : ` (the script has ${bytes(script)} of them)`;
  throw new SpecError(
    `${field}: the pod's annotations have ${size} bytes${own}, more than the ${LARGEST_ANNOTATIONS} that Kubernetes takes`,
  );
}
