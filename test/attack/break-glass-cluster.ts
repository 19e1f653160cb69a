// Break-glass on a bare API server: its kind, admission, roles and people, the operator's part of it, and a receiver of its alarms.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessPolicies } from "@agentic/api/access-admission.ts";
import {
  type AccessRequest,
  accessRequestCrd,
  BREAK_GLASS_CLUSTER_ROLES,
  BREAK_GLASS_RULES,
} from "@agentic/api/access-request.ts";
import { BREAK_GLASS_ROLE } from "@agentic/api/names.ts";
import { pino } from "pino";
import { isStatus } from "../../kube/client/api-error.ts";
import { Client } from "../../kube/client/client.ts";
import { Alarm } from "../../operator/access/alarm.ts";
import { AccessController } from "../../operator/access/controller.ts";
import { enforce } from "../integration/admission.ts";
import { type Cluster, until } from "../integration/operator/cluster.ts";
import { quietMetrics } from "../unit/operator/quiet-metrics.ts";
import { refusal } from "./platform.ts";

export const REQUESTS = "/apis/agentic.io/v1alpha1/accessrequests";
export const RBAC = "/apis/rbac.authorization.k8s.io/v1";

export const roleRef = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });

/** Both roles of break-glass are alice's, bob's and a program's; the namespace has two Secrets. */
async function applyBreakGlass(client: Client, namespace: string): Promise<void> {
  await enforce(client, accessPolicies());
  await client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", accessRequestCrd());
  await client.create(`${RBAC}/namespaces/${namespace}/roles`, {
    metadata: { name: BREAK_GLASS_ROLE },
    rules: BREAK_GLASS_RULES,
  });
  for (const name of ["object-store", "tenant-user-token"])
    await client.create(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { name } });
  for (const [name, rules] of Object.entries(BREAK_GLASS_CLUSTER_ROLES)) {
    await client.create(`${RBAC}/clusterroles`, { metadata: { name }, rules });
    await client.create(`${RBAC}/clusterrolebindings`, {
      metadata: { name },
      roleRef: roleRef("ClusterRole", name),
      subjects: ["alice", "bob", "system:serviceaccount:tools:bot"].map((user) => ({ kind: "User", name: user })),
    });
  }
}

/** A server that keeps what it takes. */
async function startAlarmReceiver() {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const status = answers.shift() ?? 204;
    if (status === 204) got.push({ headers: request.headers, body });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alarms`,
    got,
    /** What it answers next; 204 where nothing is left. */
    answers,
    stop: () => void server.close(),
  };
}

/** A request of alice's, until told otherwise. */
export const request = (name: string, namespace: string, more: object = {}) => ({
  apiVersion: "agentic.io/v1alpha1",
  kind: "AccessRequest",
  metadata: { name },
  spec: { namespace, reason: "INC-17: stuck workflow", minutes: 30, requestedBy: "alice", ...more },
});

export type BreakGlassScene = Awaited<ReturnType<typeof startBreakGlass>>;

/** Break-glass in the namespace, with the operator's part of it running as the operator's own account. */
export async function startBreakGlass(cluster: Cluster, namespace: string) {
  const dir = mkdtempSync(join(tmpdir(), "break-glass-"));
  writeFileSync(join(dir, "key"), "alarm-key\n");
  const clients: Client[] = [];
  const receiver = await startAlarmReceiver();
  let count = 0;
  let running: (() => Promise<void>) | undefined;

  const connect = (connection: Cluster["connection"]) => {
    const client = new Client(connection);
    clients.push(client);
    return client;
  };
  const operator = connect(await cluster.operatorConnection());

  const scene = {
    receiver,
    operator,
    /** Milliseconds that the operator's clock is ahead. */
    ahead: 0,

    /** A person, as the API server knows one. */
    as: (user: string): Client => connect({ ...cluster.connection, headers: { "impersonate-user": user } }),
    name: () => `r-${count++}`,

    async ask(more: object = {}): Promise<string> {
      const name = scene.name();
      await scene.as("alice").create(REQUESTS, request(name, namespace, more));
      return name;
    },
    change: (user: string, name: string, spec: object) => scene.as(user).patch(`${REQUESTS}/${name}`, { spec }),
    approve: (name: string, user = "bob") => scene.change(user, name, { approvedBy: user }),

    inPhase: (name: string, phase: string) =>
      until(`${name} is ${phase}`, async () => {
        const { status } = await cluster.client.get<AccessRequest>(`${REQUESTS}/${name}`);
        return status?.phase === phase ? status : undefined;
      }),

    /** Whether somebody reads a Secret of the namespace that break-glass lets them read. */
    mayRead: (user = "alice", secret = "object-store"): Promise<boolean> =>
      scene
        .as(user)
        .get(`/api/v1/namespaces/${namespace}/secrets/${secret}`)
        .then(
          () => true,
          (error: unknown) => {
            if (isStatus(error, 403)) return false;
            throw error;
          },
        ),
    untilRead: (expected: boolean) =>
      until(`alice reads: ${expected}`, async () => ((await scene.mayRead()) === expected ? 1 : undefined)),

    startController(): void {
      const alarm = new Alarm({ url: receiver.url, keyFile: join(dir, "key") });
      const access = new AccessController({
        client: operator,
        alarm,
        image: "operator:1",
        metrics: quietMetrics({ access: () => access.counts() }),
        log: pino({ level: "silent" }),
        now: () => Date.now() + scene.ahead,
      });
      const ends = new AbortController();
      const work = Promise.all([access.informer.run(ends.signal), access.work()]);
      running = async () => {
        access.stop();
        ends.abort();
        await work;
        await alarm.close();
      };
    },
    async stopController(): Promise<void> {
      await running?.();
      running = undefined;
    },

    async stop(): Promise<void> {
      await scene.stopController();
      await Promise.all(clients.map((client) => client.close()));
      receiver.stop();
      rmSync(dir, { recursive: true });
    },
  };

  await applyBreakGlass(cluster.client, namespace);
  await until("the definition and admission", async () => {
    const probe = request("probe", namespace, { requestedBy: "somebody-else" });
    const message = await refusal(cluster.client.create(`${REQUESTS}?dryRun=All`, probe)).catch(() => "");
    return message.includes("access-requests.agentic.io") || undefined;
  });
  scene.startController();
  return scene;
}
