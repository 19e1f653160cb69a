// Workloads in large numbers, and when what comes of them is seen.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION, LABELS } from "@agentic/api/names.ts";
import { Client } from "../../../kube/client/client.ts";
import { Informer } from "../../../kube/controller/informer.ts";
import { PATHS, type Workflow } from "../../../operator/argo.ts";
import type { Cluster } from "../../integration/operator/cluster.ts";

/**
 * A client of somebody who may do everything, by a token: the API server checks a client's certificate anew with each request, which
 * would be a twentieth of all that it does here.
 */
export async function loadClient({ client, url, ca, token }: Cluster): Promise<Client> {
  const [namespace, name] = ["default", "load"];
  await client.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  await client.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", namespace, name }],
  });
  const authorization = `Bearer ${await token(namespace, name)}`;
  return new Client({ server: url, ca, credentials: async () => ({ authorization }) }, { connections: 32 });
}

/** Path of a namespace's workloads. */
export function workloadsIn(namespace: string): string {
  return `/apis/${API_GROUP_VERSION}/namespaces/${namespace}/${AGENT_WORKLOAD.plural}`;
}

/** A small valid workload. */
export function workload(namespace: string, name: string): object {
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: { name, namespace },
    spec: { objective: "measure", targetUrls: ["https://example.com/"] },
  };
}

/** Makes a workload that has completed, and its Workflow with the nodes of a whole run. */
export async function finishedPair(client: Client, namespace: string, name: string): Promise<void> {
  const path = workloadsIn(namespace);
  const created = await client.create<AgentWorkload>(path, workload(namespace, name));
  const at = "2026-01-01T00:00:00Z";
  const { uid = "", generation } = created.metadata;
  const uris = Object.fromEntries(
    ["raw_html", "dom_structures", "analysis", "report", "screenshot_0"].map((artifact) => [
      artifact,
      `s3://artifacts/job_${name}/${artifact}.json`,
    ]),
  );
  const status = {
    phase: "Completed",
    observedGeneration: generation,
    startedAt: at,
    completedAt: at,
    message: "every step is done",
    argoPhase: "Succeeded",
    argoWorkflow: { name, namespace, uid, createdAt: at },
    nodes: { total: 6, succeeded: 6, failed: 0 },
    workflowArtifacts: uris,
    approval: { decision: "approve", by: "opa", confidence: 0.99, reason: "confidence is enough", at },
    conditions: ["Accepted", "PolicyAvailable", "Finished", "Succeeded"].map((type) => ({
      type,
      status: "True",
      reason: "Done",
      message: "every step is done",
      lastTransitionTime: at,
    })),
  };
  await client.patch(`${path}/${name}/status`, { status });
  const nodes = ["scrape", "screenshot", "dom", "analysis", "approval-gate", "synthesis"].map((step) => ({
    id: `${name}-${step}`,
    name: `${name}.${step}`,
    displayName: step,
    templateName: step,
    type: "Pod",
    phase: "Succeeded",
    startedAt: at,
    finishedAt: at,
    outputs: { exitCode: "0", parameters: [{ name: "result", value: JSON.stringify({ artifacts: uris }) }] },
  }));
  const ownerReferences = [{ apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind, name, uid, controller: true }];
  await client.create<Workflow>(PATHS.workflowsIn(namespace), {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace, ownerReferences, labels: { [LABELS.workload]: name, [LABELS.attempt]: "0" } },
    spec: { workflowTemplateRef: { name: "visual-analysis-template" } },
    status: {
      phase: "Succeeded",
      startedAt: at,
      finishedAt: at,
      nodes: Object.fromEntries(nodes.map((node) => [node.id, node])),
    },
  });
}

/** When Workflows are made and statuses name them, seen by watches of its own; times are `performance.now()`. */
export class LoadObjects {
  readonly ready: Promise<unknown>;
  readonly #workflows = new Map<string, Map<string, number>>();
  readonly #statuses = new Map<string, Map<string, number>>();
  readonly #waiting = new Set<() => void>();

  constructor(client: Client, signal: AbortSignal) {
    const workflows = new Informer<Workflow>({
      client,
      path: PATHS.workflows,
      trim: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata, spec: {} }),
      onChange: ({ type, object: { metadata } }) => {
        if (type === "set") this.#note(this.#workflows, metadata.namespace, metadata.labels?.[LABELS.workload]);
      },
    });
    const workloads = new Informer<AgentWorkload>({
      client,
      path: `/apis/${API_GROUP_VERSION}/${AGENT_WORKLOAD.plural}`,
      trim: ({ apiVersion, kind, metadata, spec, status }) => ({
        ...{ apiVersion, kind, metadata, spec },
        ...(status?.argoWorkflow ? { status: { argoWorkflow: status.argoWorkflow } } : {}),
      }),
      onChange: ({ type, object: { metadata, status } }) => {
        if (type === "set" && status?.argoWorkflow) this.#note(this.#statuses, metadata.namespace, metadata.name);
      },
    });
    for (const informer of [workflows, workloads]) void informer.run(signal);
    this.ready = Promise.all([workflows.synced, workloads.synced]);
  }

  /** Resolves with the time of the last of so many Workflows. */
  untilWorkflows(namespace: string, count: number): Promise<number> {
    return this.#until(() => lastOf(this.#workflows.get(namespace), count));
  }

  /** Resolves with the time of the last of so many statuses that name a Workflow. */
  untilStatuses(namespace: string, count: number): Promise<number> {
    return this.#until(() => lastOf(this.#statuses.get(namespace), count));
  }

  untilWorkflow(namespace: string, name: string): Promise<number> {
    return this.#until(() => this.#workflows.get(namespace)?.get(name));
  }

  /** Workflows of each namespace when together they are so many. */
  whenMade(namespaces: readonly string[], count: number): Promise<number[]> {
    return this.#until(() => {
      const sizes = namespaces.map((namespace) => this.#workflows.get(namespace)?.size ?? 0);
      return sizes.reduce((sum, size) => sum + size, 0) >= count ? sizes : undefined;
    });
  }

  #note(seen: Map<string, Map<string, number>>, namespace = "", name = ""): void {
    const times = seen.get(namespace) ?? new Map<string, number>();
    seen.set(namespace, times);
    if (times.has(name)) return;
    times.set(name, performance.now());
    for (const look of this.#waiting) look();
  }

  async #until<T>(probe: () => T | undefined): Promise<T> {
    const now = probe();
    if (now !== undefined) return now;
    return await new Promise<T>((resolve, reject) => {
      const look = () => {
        const result = probe();
        if (result === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(result);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error("waited 5 minutes in vain"));
      }, 300_000);
      this.#waiting.add(look);
    });
  }
}

function lastOf(times: Map<string, number> | undefined, count: number): number | undefined {
  return times && times.size >= count ? Math.max(...times.values()) : undefined;
}
