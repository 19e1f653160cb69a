// API servers that test files use one after the other: what one has made or changed is gone for the next.
import { connect } from "@agentic/kube/connection/connect.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isStatus } from "../../../kube/client/api-error.ts";
import { Client } from "../../../kube/client/client.ts";
import type { ApiServer } from "../apiserver.ts";
import { EtcdState } from "../apiserver-snapshot.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { openDefinition } from "../definitions.ts";
import { until } from "../operator/cluster.ts";

const SYSTEM = "/api/v1/namespaces/kube-system";
const ACCOUNT = `${SYSTEM}/serviceaccounts/default`;
const ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:public-info-viewer";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const THINGS = "/apis/snapshot.example/v1/namespaces/made/things";

let server: ApiServer;
let client: Client;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
  client = new Client(await connect({ KUBECONFIG: server.kubeconfig }));
});
afterAll(async () => {
  await client?.close();
  await server?.stop();
});

const isThere = (path: string): Promise<boolean> =>
  client.get(path).then(
    () => true,
    (error: unknown) => {
      if (isStatus(error, 404)) return false;
      throw error;
    },
  );
const definition = () => openDefinition({ group: "snapshot.example", version: "v1", kind: "Thing", plural: "things" });

async function makeThing(): Promise<void> {
  await client.create("/api/v1/namespaces", { metadata: { name: "made" } });
  await client.create(DEFINITIONS, definition());
  const thing = { apiVersion: "snapshot.example/v1", kind: "Thing", metadata: { name: "one" } };
  await until("the kind", () => client.create(THINGS, thing).catch(() => undefined));
}

test("a restored API server has what it had, and takes the same objects again as new ones", async () => {
  const state = new EtcdState(server.etcd);
  await state.take();
  const { items: namespaces } = await client.get<{ items: object[] }>("/api/v1/namespaces");
  await makeThing();
  const { metadata: former } = await client.get<{ metadata: { uid: string } }>(`${THINGS}/one`);
  await client.create(POLICIES, {
    metadata: { name: "refuses" },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      },
      validations: [{ expression: "false", message: "refused by an earlier test" }],
    },
  });
  await client.create(POLICIES.replace("policies", "policybindings"), {
    metadata: { name: "refuses" },
    spec: { policyName: "refuses", validationActions: ["Deny"] },
  });
  const map = { metadata: { name: "map" } };
  await until("the policy", () =>
    client.create(`${SYSTEM}/configmaps?dryRun=All`, map).then(
      () => undefined,
      ({ message }: Error) => (message.includes("refused by an earlier test") ? true : undefined),
    ),
  );
  await client.patch(SYSTEM, { metadata: { labels: { changed: "yes" } } });
  await client.delete(ROLE);
  const account = await client.get<{ metadata: { uid: string } }>(ACCOUNT);

  expect(await state.restore()).toBe(true);

  const after = await client.get<{ items: { metadata: { name: string; labels: object } }[] }>("/api/v1/namespaces");
  const names = (items: unknown[]) => (items as typeof after.items).map(({ metadata }) => metadata.name);
  expect(names(after.items)).toEqual(names(namespaces));
  expect(after.items.find(({ metadata }) => metadata.name === "kube-system")?.metadata.labels).not.toHaveProperty(
    "changed",
  );
  expect((await client.get<{ metadata: { uid: string } }>(ACCOUNT)).metadata.uid).toBe(account.metadata.uid);
  expect(await isThere(ROLE)).toBe(true);
  for (const path of [`${DEFINITIONS}/things.snapshot.example`, THINGS, `${POLICIES}/refuses`])
    expect(await isThere(path), path).toBe(false);
  await client.create(`${SYSTEM}/configmaps?dryRun=All`, map);
  await makeThing();
  expect((await client.get<{ metadata: { uid: string } }>(`${THINGS}/one`)).metadata.uid).not.toBe(former.uid);
});
