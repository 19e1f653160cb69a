// Requests that an account of a tenant's has no right to, as a table of cases takes them.
import type { Client } from "../../../kube/client/client.ts";
import { type Accounts, type Case, cluster, DRY_RUN, TENANT, WORKLOADS, workload } from "./case.ts";

type Request = (client: Client) => Promise<unknown>;
type Account = "user" | "agent" | "receiver" | "viewer" | "approver" | "tenantAdmin";

const mayList: Record<Account, Case["twin"]> = {
  user: ({ user }) => user.list(WORKLOADS),
  viewer: ({ viewer }) => viewer.list(WORKLOADS),
  approver: ({ approver }) => approver.list(WORKLOADS),
  tenantAdmin: ({ tenantAdmin }) => tenantAdmin.create(WORKLOADS + DRY_RUN, workload()),
  // It has no right at all; who needs one in its pod, the executor, has its own account.
  agent: ({ agent }) =>
    agent.create(cluster("authorization.k8s.io/v1", "selfsubjectrulesreviews"), { spec: { namespace: TENANT } }),
  receiver: ({ receiver }) => receiver.create(WORKLOADS + DRY_RUN, workload()),
};

/** A request that the account has no right to. `verb` and `resource` are as RBAC names them. */
function rightsCase(account: Account, attack: string, [verb, resource, request]: [string, string, Request]): Case {
  return {
    attack,
    by: "RBAC",
    says: new RegExp(`cannot ${verb} (resource "${resource}"|path "${resource}")`),
    attempt: (accounts: Accounts) => request(accounts[account]),
    twin: mayList[account],
  };
}

export const get = (resource: string, path: string, verb = "get"): [string, string, Request] => [
  verb,
  resource,
  (client) => client.get(path),
];
export const list = (resource: string, path: string) => get(resource, path, "list");
export const create = (
  resource: string,
  path: string,
  body: object = { metadata: { name: "x" } },
): [string, string, Request] => ["create", resource, (client) => client.create(path + DRY_RUN, body)];
export const patch = (resource: string, path: string, body: object): [string, string, Request] => [
  "patch",
  resource,
  (client) => client.patch(path + DRY_RUN, body),
];
export const remove = (resource: string, path: string, verb = "delete"): [string, string, Request] => [
  verb,
  resource,
  (client) => client.delete(path + DRY_RUN),
];

/** A request with what RBAC calls it, by what somebody means by it. */
export type Attack = [attack: string, request: [verb: string, resource: string, request: Request]];

export const casesOf = (account: Account, attacks: Attack[]): Case[] =>
  attacks.map(([attack, request]) => rightsCase(account, attack, request));
