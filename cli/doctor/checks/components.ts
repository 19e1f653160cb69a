// Whether the platform's parts run: what must be there is, and everything that is there is ready.
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";
import { pathOf, type Sight } from "../sight.ts";

interface Workload {
  metadata: { name: string; namespace: string; generation?: number };
  spec: { replicas?: number };
  status?: {
    readyReplicas?: number;
    numberReady?: number;
    desiredNumberScheduled?: number;
    conditions?: { type: string; status: string; message?: string }[];
  };
}

interface Node {
  metadata: { name: string };
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

const KINDS = { deployments: "Deployment", statefulsets: "StatefulSet", daemonsets: "DaemonSet" } as const;
type Kind = keyof typeof KINDS;

/** What there is no platform without, where its namespace can be read: the names of which one must be there. */
const REQUIRED: { namespace: string; names: readonly string[]; part: string }[] = [
  { namespace: NAMESPACES.system, names: [OPERATOR_NAME], part: "operator" },
  { namespace: NAMESPACES.argoWorkflows, names: ["workflow-controller", "workflow-engine"], part: "workflow engine" },
];

/** The pages that say what to do, by the object's name. */
const RUNBOOKS: Record<string, string> = {
  [OPERATOR_NAME]: "docs/runbooks/operator-down.md",
  "workflow-controller": "docs/runbooks/engine-down.md",
  "workflow-engine": "docs/runbooks/engine-down.md",
  minio: "docs/runbooks/minio-down.md",
  postgres: "docs/runbooks/postgres-down.md",
  opa: "docs/runbooks/policy-unavailable.md",
};

export const components: Check = {
  name: "components",
  asks: "are operator, engine, services and nodes ready?",
  async look(see) {
    const findings: Finding[] = [];
    for (const { name: namespace } of see.platform) {
      const seen = new Map<Kind, Workload[] | undefined>();
      for (const kind of Object.keys(KINDS) as Kind[])
        seen.set(kind, await see.list<Workload>(pathOf("apps/v1", kind, namespace)));
      for (const [kind, all] of seen) for (const workload of all ?? []) findings.push(...unready(kind, workload));
      const required = REQUIRED.find((part) => part.namespace === namespace);
      const deployments = seen.get("deployments");
      if (required && deployments && !deployments.some(({ metadata }) => required.names.includes(metadata.name)))
        findings.push(
          problem(
            `${namespace}/${required.names.join(" or ")}`,
            `there is no ${required.part}: workloads stay as they are`,
            "bring the platform up again: `make up`, or `pulumi up -s <stack>`",
          ),
        );
    }
    return [...findings, ...(await nodes(see))];
  },
};

function unready(kind: Kind, { metadata, spec, status = {} }: Workload): Finding[] {
  const { name, namespace } = metadata;
  const wanted = kind === "daemonsets" ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
  const ready = (kind === "daemonsets" ? status.numberReady : status.readyReplicas) ?? 0;
  const where = `${KINDS[kind]} ${namespace}/${name}`;
  const fix = `\`kubectl describe pods -n ${namespace} -l app.kubernetes.io/name=${name}\` says what they wait for${RUNBOOKS[name] ? `; ${RUNBOOKS[name]} what to do` : ""}`;
  if (wanted === 0 && kind !== "daemonsets")
    return [
      problem(
        where,
        "it is scaled to 0: nothing of it runs",
        `\`kubectl scale -n ${namespace} ${kind}/${name} --replicas=1\``,
      ),
    ];
  if (ready >= wanted) return [];
  const failed = status.conditions?.find(
    (condition) => condition.status === (condition.type === "ReplicaFailure" ? "True" : "False") && condition.message,
  );
  const what = `${ready} of ${wanted} pods are ready${failed?.message ? `: ${failed.message}` : ""}`;
  return [ready === 0 ? problem(where, what, fix) : warning(where, what, fix)];
}

async function nodes(see: Sight): Promise<Finding[]> {
  const all = await see.list<Node>(pathOf("v1", "nodes"));
  return (all ?? []).flatMap(({ metadata: { name }, status }) =>
    (status?.conditions ?? [])
      .filter(({ type, status: now }) => (type === "Ready" ? now !== "True" : now === "True"))
      .map(({ type, message = "" }) =>
        problem(
          `Node ${name}`,
          type === "Ready" ? `it is not ready: ${message}` : `${type}: ${message}`,
          `\`kubectl describe node ${name}\`; pods on it may have to go elsewhere`,
        ),
      ),
  );
}
