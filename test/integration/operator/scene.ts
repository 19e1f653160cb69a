// What the operator's tests share: a cluster with a tenant, the policy engine, a webhook, the operator itself.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { AgentWorkload, AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { pino } from "pino";
import type { Workflow } from "../../../operator/argo.ts";
import { readConfig } from "../../../operator/config.ts";
import { type Operator, startOperator } from "../../../operator/operator.ts";
import { enforce, workloadPolicies } from "../admission.ts";
import { type ClusterOptions, startCluster, until } from "./cluster.ts";
import { startOpa } from "./opa.ts";

export const NAMESPACE = "tenant-demo";
const AGENTIC = "/apis/agentic.io/v1alpha1";
export const WORKLOADS = `${AGENTIC}/namespaces/${NAMESPACE}/agentworkloads`;

/** An analysis that every policy approves. */
export const SURE = {
  confidence: 0.97,
  findings: [{ severity: "low", url: "https://example.com/", text: "small print" }],
};

export type Scene = Awaited<ReturnType<typeof startScene>>;

/** A server that keeps what is posted to it and answers as told, else 204. */
async function startHook() {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    got.push({ headers: request.headers, body });
    response.writeHead(answers.shift() ?? 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, got, answers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

/** The reason of a condition. */
export function reason({ conditions }: AgentWorkloadStatus, type: string): string | undefined {
  return conditions?.find((condition) => condition.type === type)?.reason;
}

/** Starts all but the operator. */
export async function startScene(options: ClusterOptions = {}) {
  const [cluster, opa, hook] = await Promise.all([startCluster(options), startOpa(), startHook()]);
  const { client } = cluster;
  await enforce(client, workloadPolicies());
  await cluster.tenant(NAMESPACE);
  await client.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, {
    metadata: { name: "notify" },
    stringData: { key: "hook-key" },
  });

  const operators: Operator[] = [];
  const scene = {
    cluster,
    opa,
    hook,

    /** The operator with its own rights; it ends with the scene at the latest. */
    async operator(env: NodeJS.ProcessEnv = {}): Promise<Operator> {
      const config = readConfig({
        PORT: "0",
        OPA_URL: scene.opa.url,
        OPA_TIMEOUT_MS: "1000",
        LEASE_SECONDS: "3",
        NOTIFY_ALLOWED_HOSTS: new URL(hook.url).host,
        ...env,
      });
      const log = pino({ level: process.env.LOG_LEVEL ?? "silent" });
      const operator = await startOperator(config, await cluster.operatorConnection(), log);
      operators.push(operator);
      return operator;
    },

    create(name: string, spec: Partial<AgentWorkloadSpec> = {}, path = WORKLOADS): Promise<AgentWorkload> {
      return client.create(path, {
        apiVersion: "agentic.io/v1alpha1",
        kind: "AgentWorkload",
        metadata: { name },
        spec: { objective: "compare prices", targetUrls: ["https://example.com/"], ...spec },
      });
    },

    /** The workload's status once it satisfies. */
    async status(name: string, holds: (status: AgentWorkloadStatus) => boolean): Promise<AgentWorkloadStatus> {
      let last: AgentWorkloadStatus = {};
      const read = async () => {
        last = (await client.get<AgentWorkload>(`${WORKLOADS}/${name}`)).status ?? {};
        return holds(last) ? last : undefined;
      };
      return until(`${name}: ${holds}`, read).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
      });
    },

    inPhase(name: string, phase: string): Promise<AgentWorkloadStatus> {
      return scene.status(name, (now) => now.phase === phase);
    },

    async workflows(workload: string): Promise<Workflow[]> {
      const path = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`;
      const labelSelector = `agentic.io/workload=${workload}`;
      return await client.list<Workflow>(path, { query: { labelSelector } });
    },

    async events(workload: string): Promise<string[]> {
      const path = `/api/v1/namespaces/${NAMESPACE}/events`;
      const fieldSelector = `involvedObject.name=${workload}`;
      const items = await client.list<{ reason: string }>(path, { query: { fieldSelector } });
      return items.map((event) => event.reason);
    },

    async stop(): Promise<void> {
      await Promise.all(operators.map((operator) => operator.stop()));
      hook.server.close();
      await scene.opa.stop();
      await cluster.stop();
    },
  };
  return scene;
}
