// A bare API server with what the platform puts before its tenants: definitions, namespaces, roles, quotas, admission. The
// objects are those that the program registers; accounts come with their own tokens, none with the administrator's rights.
import { connect } from "@agentic/kube/connection/connect.ts";
import { Cluster } from "../../embedded/deploy/kubernetes/cluster.ts";
import { Client } from "../../kube/client/client.ts";
import { allInForce } from "../integration/admission.ts";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../integration/apiserver.ts";
import { borrowApiServer } from "../integration/borrowed-apiserver.ts";
import { tokenOf, until } from "../integration/operator/cluster.ts";
import { type KubeObject, mock, objects, program } from "../unit/components/program.ts";
import { retry } from "./retry.ts";

/** In the order in which they need each other. */
const kinds = [
  "Namespace",
  "CustomResourceDefinition",
  "PriorityLevelConfiguration",
  "FlowSchema",
  "ClusterRole",
  "ClusterRoleBinding",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "WorkflowTemplate",
  "ResourceQuota",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
];

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

/** Starts the server and applies the platform of this config to it. */
export async function startPlatform(config: Record<string, unknown>, options: ApiServerOptions = {}) {
  mock();
  const registered = objects(await program(config));
  const controllers = { controllerManager: true, quotas: true };
  const server: ApiServer = await (options.flags
    ? startApiServer({ ...controllers, ...options })
    : borrowApiServer({ ...controllers, ...options }));
  const applier = new Cluster(server.kubeconfig);
  const connection = await connect({ KUBECONFIG: server.kubeconfig });
  const admin = new Client(connection);
  const clients: Client[] = [admin];
  const platform = {
    server,
    /** Has every right. */
    admin,
    registered,

    /** A token of an account. */
    token: (namespace: string, name: string): Promise<string> => tokenOf(admin, namespace, name),

    /** A client of an account, with its own token. */
    async as(namespace: string, name: string): Promise<Client> {
      const authorization = `Bearer ${await platform.token(namespace, name)}`;
      const client = new Client(
        {
          server: server.url,
          ca: connection.ca ?? "",
          credentials: async () => ({ authorization }),
        },
        { retry },
      );
      clients.push(client);
      return client;
    },

    /** A client of any user, whom the administrator plays. */
    playing(user: string): Client {
      const client = new Client({ ...connection, headers: { "impersonate-user": user } });
      clients.push(client);
      return client;
    },

    async stop(): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      await applier.close();
      await server.stop();
    },
  };
  try {
    for (const kind of kinds) {
      const expected = registered.filter((object) => object.kind === kind && object.metadata?.name !== "default");
      await Promise.all(expected.map((object) => apply(applier, object)));
    }
    await allInForce(admin);
    return platform;
  } catch (error) {
    await platform.stop();
    throw error;
  }
}

/** Applies an object, again until its definition is served. */
async function apply(cluster: Cluster, object: KubeObject): Promise<void> {
  let last: unknown;
  await until(`${object.kind} ${object.metadata?.name}`, () =>
    cluster.apply(object as never, { manager: "platform", force: true }).catch((error: unknown) => {
      last = error;
      return undefined;
    }),
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${last}`);
  });
}

/** The message that a request is refused with; fails where it isn't. */
export async function refusal(request: Promise<unknown>): Promise<string> {
  return await request.then(
    () => {
      throw new Error("the attack was not refused");
    },
    (error: Error) => error.message,
  );
}
