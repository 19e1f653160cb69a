// An installation of the release before this one, as its own deployer left it, brought to this one.
//
// The recording beside this test is of that release's own program; record.ts makes another one of another release.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DeployEvent, destroy, type ResourceEvent, readOutputs, up } from "../../../embedded/deploy/deploy.ts";
import { Cluster, type KubeObject, type Target } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { type ApiServer, startApiServer } from "../apiserver.ts";
import { playWorkloads, realControllers } from "../workloads.ts";
import { recordProgram } from "./program.ts";
import { config, type Engine, type Left, type Recorded, restore, stack } from "./recorded.ts";

const root = join(import.meta.dirname, "../../..");
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "testdata/release-0.1.0.json"), "utf8")) as Recorded;

/** Objects that this release has no more, each with the reason. */
const dropped: Record<string, string> = {
  "PodDisruptionBudget agentic-system/agentic-operator": "one pod needs no budget, which would only say so",
};

const asObject = ({ namespace, name = "", ...kind }: Target): KubeObject => ({
  ...kind,
  metadata: { namespace, name },
});
const nameOf = ({ kind, metadata: { namespace, name } }: KubeObject) =>
  `${kind} ${namespace ? `${namespace}/` : ""}${name}`;

// One after the other in one cluster: the first leaves nothing there.
let server: ApiServer;
let cluster: Cluster;
let workloads: { stop(): Promise<void> };
beforeAll(async () => {
  server = await startApiServer({ controllerManager: true, controllers: realControllers, quotas: true });
  cluster = new Cluster(server.kubeconfig);
  workloads = playWorkloads(server);
});
afterAll(async () => {
  await workloads?.stop();
  await cluster?.close();
  await server?.stop();
});

describe.each(["builtin", "argo"] as const)("a stack of release 0.1.0 with the %s engine", (engine: Engine) => {
  const before = recorded.engines[engine] as Left;
  const options = () => {
    const { cluster: clusterConfig, ...rest } = config(engine);
    const settings = { ...rest, cluster: { ...clusterConfig, kubeconfig: server.kubeconfig, context: "test" } };
    return { directory: root, stack, kubeconfig: server.kubeconfig, config: settings };
  };
  const run = async () => {
    const events: DeployEvent[] = [];
    const summary = await up({ ...options(), on: (event) => events.push(event) });
    return { summary, events: events.filter((event): event is ResourceEvent => event.kind === "resource") };
  };
  const uids = async (kinds: string[]) => {
    const expected = before.objects.filter(({ kind }) => kinds.includes(kind));
    const live = await Promise.all(expected.map((object) => cluster.get({ ...object, ...object.metadata })));
    return Object.fromEntries(live.flatMap((object) => (object ? [[nameOf(object), object.metadata.uid]] : [])));
  };

  beforeAll(() => restore(server, before));

  const stateful = ["StatefulSet", "Namespace", "CustomResourceDefinition", "Service"];

  test("is found again by every resource of this program, under its own name or an alias", async () => {
    const { registrations } = await recordProgram(options());
    const knownUrns = new Set(registrations.flatMap(({ urn, aliases }) => [urn, ...aliases]));
    const lost = Object.entries(before.state.resources).filter(([urn]) => !knownUrns.has(urn));
    // Without an alias the CLI would make an object anew that is there already.
    expect(lost.map(([, { target, type, name }]) => (target ? nameOf(asObject(target)) : `${type} ${name}`))).toEqual(
      Object.keys(dropped),
    );
  });

  test("comes to this release without an error, and nothing that holds data is replaced", async () => {
    const uidsBefore = await uids(stateful);
    expect(Object.keys(uidsBefore)).toEqual(
      expect.arrayContaining(["StatefulSet shared-services/postgres", "StatefulSet shared-services/minio"]),
    );
    const { summary, events } = await run();
    expect(summary.failures).toEqual([]);
    const replaced = events.filter(({ operation }) => operation === "replace").map(({ label }) => label);
    expect(
      replaced.filter((label) => !label.startsWith("Job ")),
      "replaced",
    ).toEqual([]);
    const deleted = events.filter(({ state, operation }) => state === "done" && operation === "delete");
    expect(
      deleted
        .map(({ label }) => label)
        .filter((label) => !label.startsWith("Job "))
        .sort(),
    ).toEqual(Object.keys(dropped).sort());
    expect(await uids(stateful)).toEqual(uidsBefore);
  });

  test("keeps every password and key", async () => {
    const secret = async (name: string) =>
      (await cluster.get({ apiVersion: "v1", kind: "Secret", namespace: "shared-services", name }))?.data;
    for (const name of ["postgres-passwords", "minio-root", "browserless-token"]) {
      const recordedSecret = before.objects.find(({ kind, metadata }) => kind === "Secret" && metadata.name === name);
      expect(await secret(name), name).toMatchObject(recordedSecret?.data as object);
    }
  });

  test("has nothing to do a second time", async () => {
    const { summary } = await run();
    expect(summary).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0, failures: [] });
    expect(Object.keys(await readOutputs(options())).length).toBeGreaterThan(0);
  });

  test("leaves nothing when it is destroyed, what its tenants have made neither", async () => {
    const created = { namespace: "tenant-demo", name: "one" };
    await cluster.apply(
      {
        apiVersion: "agentic.io/v1alpha1",
        kind: "AgentWorkload",
        metadata: created,
        spec: { objective: "Read", targetUrls: ["https://example.com"] },
      },
      { manager: "somebody", force: false },
    );
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { ...created, finalizers: ["example.com/held"] } };
    await cluster.apply(map, { manager: "somebody", force: false });
    // A controller that lets go when it is asked, as controllers do.
    const letGo = (async () => {
      for await (const now of cluster.watch({ ...map, ...created }, AbortSignal.timeout(60_000)))
        if (!now) return;
        else if (now.metadata.deletionTimestamp)
          await cluster
            .apply({ ...map, metadata: { ...created, finalizers: [] } }, { manager: "somebody", force: true })
            .catch(() => undefined);
    })();
    const summary = await destroy(options());
    await letGo;
    expect(summary.failures).toEqual([]);
    expect(await cluster.get({ apiVersion: "v1", kind: "Namespace", name: created.namespace })).toBeUndefined();
    const remaining = await Promise.all(
      before.objects.map((object) => cluster.get({ ...object, ...object.metadata }).catch(() => undefined)),
    );
    expect(remaining.filter((object) => object !== undefined).map((object) => nameOf(object as KubeObject))).toEqual(
      [],
    );
  });
});
