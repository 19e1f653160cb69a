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

export function podName(workflow: string, node: string, template: string | undefined): string {
  if (node === workflow) return workflow;
  const prefix = template ? `${workflow}-${template}` : workflow;
  return `${prefix.slice(0, POD_PREFIX)}-${fnv32a(node)}`;
}
