// A bare API server with the CRDs, a tenant and the operator's own rights; the test plays the workflow engine.

import { agentScheduleCrd } from "@agentic/api/agentschedule.ts";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { Changeable } from "@agentic/api/changes.ts";
import { agentWorkloadCrd } from "@agentic/api/crd.ts";
import { gateRulesText } from "@agentic/api/gate-rules.ts";
import {
  AGENT_SERVICE_ACCOUNT,
  ANNOTATIONS,
  ARGO,
  EXECUTOR_SERVICE_ACCOUNT,
  LABELS,
  OPERATOR_NAME,
} from "@agentic/api/names.ts";
import {
  OPERATOR_CLUSTER_RULES,
  OPERATOR_SYSTEM_RULES,
  OPERATOR_TENANT_RULES,
  type PolicyRule,
} from "@agentic/api/rbac.ts";
import { connect } from "@agentic/kube/connection/connect.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { isStatus } from "../../../kube/client/api-error.ts";
import { Client } from "../../../kube/client/client.ts";
import { PATHS, type Workflow, type WorkflowNode } from "../../../operator/argo.ts";
import { workflowName } from "../../../operator/decide/workflow.ts";
import { startApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { openDefinition } from "../definitions.ts";

const SYSTEM = "agentic-system";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** The parameters of the template that tenants get. */
const PARAMETERS = [
  "job_id",
  "run_id",
  "objective",
  "target_urls",
  "minio_bucket",
  "artifact_prefix",
  "agent_image",
  "scheduled_time",
];

export interface ClusterOptions {
  /** Also run garbage collection. */
  controllerManager?: boolean;
  /** Of it only these controllers. */
  controllers?: readonly string[];
  flags?: string[];
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>;

/** Starts the API server and fills it. */
export async function startCluster(options: ClusterOptions = {}) {
  const server = await (options.flags ? startApiServer(options) : borrowApiServer(options));
  const connection = await connect({ KUBECONFIG: server.kubeconfig });
  const client = new Client(connection);
  const end = new AbortController();
  await crd(client, agentWorkloadCrd());
  await crd(client, agentScheduleCrd());
  for (const kind of ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"]) await crd(client, argoCrd(kind));
  await client.create("/api/v1/namespaces", { metadata: { name: SYSTEM } });
  await client.create(`/api/v1/namespaces/${SYSTEM}/serviceaccounts`, { metadata: { name: OPERATOR_NAME } });
  const subjects = [{ kind: "ServiceAccount", name: OPERATOR_NAME, namespace: SYSTEM }];
  const role = (name: string, rules: PolicyRule[]) =>
    client.create(`${RBAC}/clusterroles`, { metadata: { name }, rules });
  const bind = (path: string, name: string) =>
    client.create(path, {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects,
    });
  await role("operator-cluster", OPERATOR_CLUSTER_RULES);
  await bind(`${RBAC}/clusterrolebindings`, "operator-cluster");
  await role("operator-system", OPERATOR_SYSTEM_RULES);
  await bind(`${RBAC}/namespaces/${SYSTEM}/rolebindings`, "operator-system");
  await role("operator-tenant", OPERATOR_TENANT_RULES);

  const workflow = (run: Workflow) => `${PATHS.workflowsIn(run.metadata.namespace ?? "")}/${run.metadata.name}`;
  const nodePatch = (run: Workflow, nodes: Record<string, Partial<WorkflowNode>>) =>
    Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [
        name,
        {
          id: name,
          name: `${run.metadata.name}.${name}`,
          displayName: name,
          templateName: name,
          type: "Pod",
          startedAt: now(),
          ...node,
        },
      ]),
    );

  const cluster = {
    client,
    connection,
    signal: end.signal,
    url: server.url,
    etcd: server.etcd,
    kubeconfig: server.kubeconfig,
    ca: connection.ca ?? "",
    bin: server.bin,

    /** A token of a service account, as a pod has it. */
    token: (namespace: string, name: string): Promise<string> => tokenOf(client, namespace, name),

    /** How the operator connects: with its own rights, not the test's. */
    async operatorConnection(): Promise<Connection> {
      const token = await cluster.token(SYSTEM, OPERATOR_NAME);
      const authorization = `Bearer ${token}`;
      return { server: server.url, ca: cluster.ca, credentials: async () => ({ authorization }) };
    },

    /** A tenant's namespace with the operator's rights, the tenant's settings and, unless told otherwise, the template. */
    async tenant(
      namespace: string,
      { template = true, settings = {} }: { template?: boolean; settings?: Record<string, string> } = {},
    ): Promise<void> {
      await client.create("/api/v1/namespaces", {
        metadata: {
          name: namespace,
          labels: { [LABELS.tenant]: namespace },
          annotations: { [ANNOTATIONS.gateRules]: gateRulesText(settings) },
        },
      });
      await bind(`${RBAC}/namespaces/${namespace}/rolebindings`, "operator-tenant");
      await client.create(`/api/v1/namespaces/${namespace}/configmaps`, {
        metadata: { name: "agentic-tenant" },
        data: { minio_bucket: "artifacts", agent_image: "registry.local/agents:1", ...settings },
      });
      if (template) await cluster.template(namespace);
    },

    /** A template that admission accepts. */
    async template(
      namespace: string,
      name = "visual-analysis-template",
      more: readonly { name: string; value: string }[] = [],
    ): Promise<void> {
      await client.create(`/apis/${ARGO.groupVersion}/namespaces/${namespace}/workflowtemplates`, {
        apiVersion: ARGO.groupVersion,
        kind: "WorkflowTemplate",
        metadata: { name },
        spec: {
          serviceAccountName: AGENT_SERVICE_ACCOUNT,
          automountServiceAccountToken: false,
          executor: { serviceAccountName: EXECUTOR_SERVICE_ACCOUNT },
          arguments: {
            parameters: [
              ...PARAMETERS.map((parameter) => ({ name: parameter })),
              { name: "approval_timeout", value: "30m" },
              { name: "depth", value: "1" },
              ...more,
            ],
          },
        },
      });
    },

    /** The Workflow of a workload's run, waited for. */
    async runOf(workload: AgentWorkload, attempt = 0): Promise<Workflow> {
      const path = `${PATHS.workflowsIn(workload.metadata.namespace ?? "")}/${workflowName(workload, attempt)}`;
      return until(`Workflow ${path}`, async () => {
        try {
          return await client.get<Workflow>(path);
        } catch (error) {
          if (isStatus(error, 404)) return undefined;
          throw error;
        }
      });
    },

    /** The engine runs, with these nodes. */
    play(run: Workflow, nodes: Record<string, Partial<WorkflowNode>>): Promise<Workflow> {
      const status = { phase: "Running", startedAt: now(), nodes: nodePatch(run, nodes) };
      return client.patch(workflow(run), { status });
    },

    /** The engine reaches the gate with this analysis, where what is `changeable` may be changed. */
    playGate(run: Workflow, analysis: unknown, changeable?: Changeable): Promise<Workflow> {
      const inputs = [
        { name: "analysis", value: JSON.stringify(analysis) },
        ...(changeable ? [{ name: "changeable", value: JSON.stringify(changeable) }] : []),
      ];
      const outputs = [{ name: "decision", valueFrom: { supplied: {}, default: "deny" } }];
      return cluster.play(run, {
        "approval-gate": {
          type: "Suspend",
          phase: "Running",
          inputs: { parameters: inputs },
          outputs: { parameters: outputs },
        },
      });
    },

    /** The gate's node once it is decided. */
    untilDecided(run: Workflow): Promise<WorkflowNode> {
      return until("the gate's decision", async () => {
        const { status } = await client.get<Workflow>(workflow(run));
        const gate = status?.nodes?.["approval-gate"];
        return gate?.phase === "Succeeded" ? gate : undefined;
      });
    },

    /** The engine ends. */
    finish(run: Workflow, phase: string, message?: string): Promise<Workflow> {
      return client.patch(workflow(run), {
        status: { phase, finishedAt: now(), ...(message ? { message } : {}) },
      });
    },

    workflowPath: workflow,

    async stop(): Promise<void> {
      end.abort();
      await client.close();
      await server.stop();
    },
  };
  return cluster;
}

/** A token of a service account, as a pod has it. */
export async function tokenOf(client: Client, namespace: string, name: string): Promise<string> {
  const { status } = await client.create<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    { spec: { expirationSeconds: 3600 } },
  );
  return status.token;
}

/** Asks until there is an answer; fails after 20 s with what was waited for. */
export async function until<T>(description: string, probe: () => Promise<T | undefined>, ms = 20_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${ms / 1000} s in vain for ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function argoCrd(kind: string) {
  const scope = kind.startsWith("Cluster") ? "Cluster" : "Namespaced";
  return openDefinition({ ...ARGO, kind, plural: `${kind.toLowerCase()}s`, scope });
}

/** Makes a CRD and waits until its resource is served. */
async function crd(
  client: Client,
  definition: { metadata: { name: string }; spec: { group: string; names: { plural: string } } },
) {
  await client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  const path = `/apis/${definition.spec.group}/v1alpha1/${definition.spec.names.plural}`;
  await until(path, () =>
    client.get(path).catch((error: unknown) => {
      if (isStatus(error, 404) || isStatus(error, 429)) return undefined;
      throw error;
    }),
  );
}
