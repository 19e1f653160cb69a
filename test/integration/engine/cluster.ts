// An API server with Argo's kinds, the engine beside it, and the test as the kubelet.

import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import { connect } from "@agentic/kube/connection/connect.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import pino from "pino";
import { engineRules, engineTenantRules } from "../../../components/argo/builtin-engine.ts";
import { engineClient } from "../../../embedded/engine/controller/client.ts";
import { type Engine, startEngine } from "../../../embedded/engine/controller/engine.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { NodeStatus, Pod, Workflow, WorkflowTemplate } from "../../../embedded/engine/core/types.ts";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../apiserver.ts";
import { openDefinition } from "../definitions.ts";

const KINDS = [
  ["Workflow", "workflows", "Namespaced"],
  ["WorkflowTemplate", "workflowtemplates", "Namespaced"],
  ["ClusterWorkflowTemplate", "clusterworkflowtemplates", "Cluster"],
  ["CronWorkflow", "cronworkflows", "Namespaced"],
  ["WorkflowEventBinding", "workfloweventbindings", "Namespaced"],
] as const;

export async function until<T>(
  description: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 20_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Where the tests' workflows run: a kubeconfig, and how to end what is behind it. */
type Server = Pick<ApiServer, "kubeconfig" | "stop">;

export class Cluster {
  readonly server: Server;
  readonly connection: Connection;
  readonly client: Client;
  #engine: Engine | undefined;

  private constructor(server: Server, connection: Connection) {
    this.server = server;
    this.connection = connection;
    this.client = engineClient(connection);
  }

  static async start(options: ApiServerOptions = {}): Promise<Cluster> {
    return Cluster.on(await startApiServer(options));
  }

  /** Makes Argo's kinds in a cluster that is there already. */
  static async on(server: Server): Promise<Cluster> {
    const cluster = new Cluster(server, await connect({ KUBECONFIG: server.kubeconfig }));
    for (const [kind, plural, scope] of KINDS) {
      const definition = openDefinition({ group: "argoproj.io", version: "v1alpha1", kind, plural, scope });
      await cluster.client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    }
    for (const [, plural] of KINDS) {
      await until(plural, () => cluster.client.get(`/apis/argoproj.io/v1alpha1/${plural}`).catch(() => undefined));
    }
    return cluster;
  }

  get engine(): Engine {
    if (!this.#engine) throw new Error("the engine is not running");
    return this.#engine;
  }

  async startEngine(namespaces: string[] = [], connection = this.connection): Promise<Engine> {
    this.#engine = await startEngine({
      connection,
      namespaces,
      metricsPort: 0,
      healthPort: 0,
      log: pino({ level: process.env.LOG_LEVEL ?? "silent" }),
    });
    return this.#engine;
  }

  async stopEngine(): Promise<void> {
    await this.#engine?.stop();
    this.#engine = undefined;
  }

  async stop(): Promise<void> {
    await this.stopEngine();
    await this.client.close();
    await this.server.stop();
  }

  /** A connection as a service account that may do what the engine needs, and nothing else. */
  async asEngine(): Promise<Connection> {
    const metadata = { name: "engine" };
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const account = "/api/v1/namespaces/default/serviceaccounts";
    await this.client.create(account, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { ...metadata, namespace: "default" },
    });
    await this.client.create(`${rbac}/clusterroles`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules: [...engineRules, ...engineTenantRules],
    });
    await this.client.create(`${rbac}/clusterrolebindings`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "engine" },
      subjects: [{ kind: "ServiceAccount", name: "engine", namespace: "default" }],
    });
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
    const { status } = await this.client.create<{ status: { token: string } }>(`${account}/engine/token`, request);
    const authorization = `Bearer ${status.token}`;
    return { ...this.connection, credentials: async () => ({ authorization }) };
  }

  namespace(name: string): Promise<unknown> {
    return this.client.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }

  submit(namespace: string, name: string, spec: Workflow["spec"]): Promise<Workflow> {
    const body = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", metadata: { name, namespace }, spec };
    return this.client.create<Workflow>(paths.workflows(namespace), body);
  }

  template(namespace: string | undefined, name: string, spec: Workflow["spec"]): Promise<WorkflowTemplate> {
    const kind = namespace ? "WorkflowTemplate" : "ClusterWorkflowTemplate";
    const path = namespace ? paths.workflowTemplates(namespace) : paths.clusterWorkflowTemplates();
    return this.client.create<WorkflowTemplate>(path, {
      apiVersion: "argoproj.io/v1alpha1",
      kind,
      metadata: { name, ...(namespace ? { namespace } : {}) },
      spec,
    });
  }

  workflow(namespace: string, name: string): Promise<Workflow> {
    return this.client.get<Workflow>(paths.workflow(namespace, name));
  }

  async find(namespace: string, name: string): Promise<Workflow | undefined> {
    return this.workflow(namespace, name).catch((error) => {
      if (isStatus(error, 404)) return undefined;
      throw error;
    });
  }

  /** The workflow once it has this phase. */
  phase(namespace: string, name: string, phase: string, ms?: number): Promise<Workflow> {
    return until(
      `workflow ${name} to be ${phase}`,
      async () => {
        const workflow = await this.workflow(namespace, name);
        return workflow.status?.phase === phase ? workflow : undefined;
      },
      ms,
    );
  }

  async pods(namespace: string): Promise<Pod[]> {
    return await this.client.list<Pod>(paths.pods(namespace));
  }

  /** The pod of the node with this display name or name. */
  pod(namespace: string, node: string): Promise<Pod> {
    return until(`a pod for ${node}`, async () =>
      (await this.pods(namespace)).find((pod) => {
        const name = pod.metadata.annotations?.["workflows.argoproj.io/node-name"] ?? "";
        return name === node || name.endsWith(`.${node}`);
      }),
    );
  }

  node(workflow: Workflow, displayName: string): NodeStatus {
    const node = Object.values(workflow.status?.nodes ?? {}).find((candidate) => candidate.displayName === displayName);
    if (!node) throw new Error(`no node ${displayName}`);
    return node;
  }

  /** Plays the kubelet: what the pod's status becomes. */
  status(pod: Pod, status: Pod["status"]): Promise<Pod> {
    return this.client.patch<Pod>(`${paths.pod(pod.metadata.namespace, pod.metadata.name)}/status`, { status });
  }

  run(pod: Pod): Promise<Pod> {
    return this.status(pod, {
      phase: "Running",
      containerStatuses: [container({ running: { startedAt: new Date().toISOString() } })],
    } as Pod["status"]);
  }

  end(pod: Pod, exitCode = 0, message?: string): Promise<Pod> {
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      finishedAt: `${new Date().toISOString().slice(0, 19)}Z`,
      ...(message === undefined ? {} : { message }),
    };
    return this.status(pod, {
      phase: exitCode === 0 ? "Succeeded" : "Failed",
      containerStatuses: [container({ terminated })],
    } as Pod["status"]);
  }

  remove(pod: Pod): Promise<void> {
    return this.client.delete(paths.pod(pod.metadata.namespace, pod.metadata.name), { gracePeriodSeconds: 0 });
  }
}

const container = (state: unknown) => ({
  name: "main",
  state,
  image: "busybox",
  imageID: "",
  ready: false,
  restartCount: 0,
});
