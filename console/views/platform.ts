// The platform: health of its components, certificates, gates that wait; each as far as the visitor may read it.

import { NAMESPACES } from "@agentic/api/names.ts";
import { ifReadable } from "@agentic/kube/client/api-error.ts";
import type { PlatformView } from "../contract.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "../workloads/board.ts";
import { visibleOf } from "../workloads/list-stream.ts";

const DAY_MS = 86_400_000;

interface Program {
  metadata: { namespace: string; name: string };
  spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  status?: { readyReplicas?: number; conditions?: { type: string; status: string; message?: string }[] };
}

interface Certificate {
  metadata: { namespace: string; name: string };
  status?: { notAfter?: string; conditions?: { type: string; status: string }[] };
}

export async function platformView(board: Board, visitor: Visitor, version: string): Promise<PlatformView> {
  const { client } = visitor;
  const [deployments, statefulSets, certificates, visible] = await Promise.all([
    ifReadable(client.list<Program>("/apis/apps/v1/deployments")),
    ifReadable(client.list<Program>("/apis/apps/v1/statefulsets")),
    ifReadable(client.list<Certificate>("/apis/cert-manager.io/v1/certificates")),
    visibleOf(board.rows(), visitor),
  ]);
  const own = new Set<string>(Object.values(NAMESPACES));
  const programs = (kind: string, all: Program[] | null) =>
    (all ?? []).filter(({ metadata }) => own.has(metadata.namespace)).map((program) => componentOf(kind, program));
  return {
    version,
    components:
      deployments || statefulSets
        ? [...programs("Deployment", deployments), ...programs("StatefulSet", statefulSets)]
        : null,
    certificates: certificates?.map(certificateOf).sort((one, other) => one.daysLeft - other.daysLeft) ?? null,
    waiting: [...board.rows()]
      .filter(({ namespace, gate }) => gate && visible.has(namespace))
      .sort((one, other) => (one.gate?.since ?? "").localeCompare(other.gate?.since ?? "")),
  };
}

function componentOf(kind: string, { metadata, spec, status = {} }: Program) {
  const problem = status.conditions?.find(({ type, status: is }) => type === "Available" && is !== "True");
  return {
    namespace: metadata.namespace,
    kind,
    name: metadata.name,
    image: spec.template.spec.containers[0]?.image ?? "",
    ready: status.readyReplicas ?? 0,
    wanted: spec.replicas ?? 1,
    ...(problem?.message ? { message: problem.message } : {}),
  };
}

function certificateOf({ metadata: { namespace, name }, status = {} }: Certificate) {
  const expiresAt = status.notAfter ?? "";
  const left = Date.parse(expiresAt) - Date.now();
  return {
    namespace,
    name,
    expiresAt,
    daysLeft: Number.isNaN(left) ? 0 : Math.floor(left / DAY_MS),
    ready: status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
  };
}
