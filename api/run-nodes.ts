// The nodes of a Workflow's status, also where Argo has found them too large and compressed them.
import { gunzipSync } from "node:zlib";

/** By node id. Throws where the compressed nodes can't be read. */
export function nodesIn<N>(status: { nodes?: Record<string, N>; compressedNodes?: string } = {}): Record<string, N> {
  const { nodes = {}, compressedNodes } = status;
  return compressedNodes
    ? (JSON.parse(gunzipSync(Buffer.from(compressedNodes, "base64")).toString("utf8")) as Record<string, N>)
    : nodes;
}
