// Checks the kernel's limits on starting a program: a container that exceeds them would end with a bare exit code.
import { type Container, type Json, type JsonObject, SpecError } from "./types.ts";

/** The most bytes of one argument or variable: MAX_ARG_STRLEN, 32 pages, less the NUL that ends each string. */
export const LONGEST_STRING = 32 * 4096 - 1;
/** The most bytes of all strings and the pointers to them: a quarter of the stack, which usually has 8 MiB. */
export const LARGEST_TOTAL = 2 * 1024 * 1024;
const POINTER_BYTES = 8;
/** Bytes reserved for the variables of the image and the kubelet: PATH, HOME, the addresses of a namespace's Services. */
const RESERVED_BYTES = 32 * 1024;
/** The most bytes of all annotations of an object, keys included; the source of a script is an annotation. */
const LARGEST_ANNOTATIONS = 256 * 1024;

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const bytes = (text: string) => Buffer.byteLength(text, "utf8");

/**
 * The bytes of a text after the kubelet's expansion of `$(NAME)`. It is computed from the sizes of the variables, without expanding
 * the text, which could grow without bound.
 */
function expandedSize(text: string, variables: ReadonlyMap<string, number>): number {
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
    `${field}: ${size} bytes are more than the ${LONGEST_STRING} that Linux allows for one argument or variable: pass the value in parts, in a script's source or through the object store`,
  );
}

/** Throws a SpecError with the field where the arguments or variables of a container exceed the kernel's limits. */
export function checkExecSize(container: Container, field: string): void {
  const variables = new Map<string, number>();
  let total = 0;
  const count = (size: number) => {
    total += size + 1 + POINTER_BYTES;
  };
  for (const [index, variable] of (Array.isArray(container.env) ? container.env : []).entries()) {
    if (!isObject(variable) || typeof variable.value !== "string") continue;
    const name = String(variable.name);
    const size = expandedSize(variable.value, variables);
    requireSize(bytes(name) + 1 + size, `${field}.env[${index}] (${name})`);
    variables.set(name, size);
    count(bytes(name) + 1 + size);
  }
  for (const list of ["command", "args"] as const) {
    for (const [index, text] of strings(container[list]).entries()) {
      const size = expandedSize(text, variables);
      requireSize(size, `${field}.${list}[${index}]`);
      count(size);
    }
  }
  if (total > LARGEST_TOTAL - RESERVED_BYTES)
    throw new SpecError(
      `${field}: command, arguments and environment have ${total} bytes together, more than the ${LARGEST_TOTAL - RESERVED_BYTES} that a program can be started with: pass them in a script's source or through the object store`,
    );
}

/** Throws a SpecError where a pod's annotations, one of which may be a script, are larger than Kubernetes allows. */
export function checkAnnotations(annotations: Record<string, string>, script: string | undefined): void {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
  if (size <= LARGEST_ANNOTATIONS) return;
  const field = script === undefined ? "metadata.annotations" : "script.source";
  const scriptShare = script === undefined ? "" : ` (the script has ${bytes(script)} of them)`;
  throw new SpecError(
    `${field}: the pod's annotations have ${size} bytes${scriptShare}, more than the ${LARGEST_ANNOTATIONS} that Kubernetes allows`,
  );
}
