// The objects by which somebody has rights for a time: a RoleBinding, and the Job with which Kubernetes itself deletes it.
import { type AccessRequest, BREAK_GLASS_PREFIX } from "@agentic/api/access-request.ts";
import { ACCESS_REQUEST, API_GROUP_VERSION, BREAK_GLASS_ROLE } from "@agentic/api/names.ts";

export const RBAC = { group: "rbac.authorization.k8s.io", version: "rbac.authorization.k8s.io/v1" };

/** What is read of a timer. */
export interface OwnedJob {
  metadata: { name: string; uid?: string; ownerReferences?: { uid?: string }[] };
}

const nameOf = ({ metadata }: AccessRequest) => `${BREAK_GLASS_PREFIX}${metadata.name}`;

/**
 * A Job without pods that fails at the end of the request's time. Kubernetes' controllers delete it then, and with it the RoleBinding
 * that it owns, whether or not an operator runs.
 */
export function timerOf(request: AccessRequest, { image, now }: { image: string; now: number }) {
  const { name, uid } = request.metadata;
  const remainingMs = Date.parse(request.status?.expiresAt ?? "") - now;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: nameOf(request),
      ownerReferences: [{ apiVersion: API_GROUP_VERSION, kind: ACCESS_REQUEST.kind, name, uid }],
    },
    spec: {
      parallelism: 0,
      activeDeadlineSeconds: Math.max(1, Math.ceil(remainingMs / 1000)),
      ttlSecondsAfterFinished: 0,
      // There must be one, and none is made of it.
      template: { spec: { restartPolicy: "Never", containers: [{ name: "none", image }] } },
    },
  };
}

/** The rights, which go with their timer. */
export function bindingOf(request: AccessRequest, timer: OwnedJob) {
  const { name, uid } = timer.metadata;
  return {
    metadata: {
      name: nameOf(request),
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid }],
    },
    roleRef: { apiGroup: RBAC.group, kind: "Role", name: BREAK_GLASS_ROLE },
    subjects: [{ apiGroup: RBAC.group, kind: "User", name: request.spec.requestedBy }],
  };
}
