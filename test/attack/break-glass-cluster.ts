// What break-glass needs on a bare API server: its kind, admission, roles and people; and a receiver of its alarms.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { accessBindingPolicy, accessRequestPolicy } from "@agentic/api/access-admission.ts";
import { accessRequestCrd, BREAK_GLASS_CLUSTER_ROLES, BREAK_GLASS_RULES } from "@agentic/api/access-request.ts";
import { bindingOf } from "@agentic/api/admission.ts";
import { BREAK_GLASS_ROLE } from "@agentic/api/names.ts";
import type { Client } from "../../kube/client/client.ts";

export const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

export const roleRef = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });

/** Both roles of break-glass are alice's, bob's and a program's; the namespace has two Secrets. */
export async function applyBreakGlass(client: Client, namespace: string): Promise<void> {
  for (const policy of [accessRequestPolicy(), accessBindingPolicy()]) {
    await client.create(`${ADMISSION}/validatingadmissionpolicies`, policy);
    await client.create(`${ADMISSION}/validatingadmissionpolicybindings`, bindingOf(policy.metadata.name));
  }
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

export type AlarmReceiver = Awaited<ReturnType<typeof startAlarmReceiver>>;

/** A server that keeps what it takes. */
export async function startAlarmReceiver() {
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
