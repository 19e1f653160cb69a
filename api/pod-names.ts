// Names of pods and ids of nodes as Argo makes them: whoever looks for a step's pod or its kept log needs them too.

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** The most characters before the hash: a pod's name has at most 253, of which ten are the hash and one the dash before it. */
const POD_PREFIX = 253 - 10 - 1;

/** 32-bit FNV-1a of the UTF-8 bytes, as an unsigned number. */
export function fnv32a(text: string): number {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(text, "utf8")) {
    hash = Math.imul(hash ^ byte, FNV_PRIME);
  }
  return hash >>> 0;
}

/** The root node's id is the workflow's name; that of another node is the workflow's name and a hash of the node's. */
export function nodeId(workflow: string, node: string): string {
  return node === workflow ? workflow : `${workflow}-${fnv32a(node)}`;
}

/** The most tries of a step that {@link stepOfPod} knows the pods of. */
const MAX_TRIES = 100;

export function podName(workflow: string, node: string, template: string | undefined): string {
  if (node === workflow) return workflow;
  const prefix = template ? `${workflow}-${template}` : workflow;
  return `${prefix.slice(0, POD_PREFIX)}-${fnv32a(node)}`;
}

/**
 * Which step of a run a pod was of, from its name alone, as the step's node is called: `scrape(1)` for a second try. Where the node's name
 * can't be told from its hash, such as that of a loop's item, both stand there: `fetch-1234`. Undefined for a pod of another run.
 */
export function stepOfPod(workflow: string, pod: string): string | undefined {
  if (!pod.startsWith(`${workflow}-`)) return undefined;
  const rest = pod.slice(workflow.length + 1);
  const [, template] = /^(.+)-\d+$/.exec(rest) ?? [];
  if (!template) return undefined;
  const tries = Array.from({ length: MAX_TRIES }, (_, attempt) => `${template}(${attempt})`);
  return [template, ...tries].find((step) => podName(workflow, `${workflow}.${step}`, template) === pod) ?? rest;
}
