// Rights by break-glass past the request or past its time: by a namespace's administrator, by the operator's account, or because no
// operator runs.

import { BREAK_GLASS_ROLE } from "@agentic/api/names.ts";
import { expect, test } from "vitest";
import { type Cluster, until } from "../integration/operator/cluster.ts";
import { type BreakGlassScene, RBAC, REQUESTS, roleRef } from "./break-glass-cluster.ts";
import { refusal } from "./platform.ts";

/** Registers the tests. */
export function pastTheRequest(started: () => Cluster, sceneOf: () => BreakGlassScene): void {
  const space = "tenant-a";
  const bindings = `${RBAC}/namespaces/${space}/rolebindings`;
  const jobs = `/apis/batch/v1/namespaces/${space}/jobs`;
  const isGone = (path: string) =>
    until(`${path} is gone`, async () =>
      (await started()
        .client.get(path)
        .catch(() => undefined)) === undefined
        ? 1
        : undefined,
    );

  test("ends at its time although no operator runs: Kubernetes itself takes the rights", async () => {
    const scene = sceneOf();
    await scene.stopController();
    const name = await scene.ask();
    await scene.approve(name);
    const expiresAt = new Date(Date.now() + scene.ahead + 3_000).toISOString();
    await started().client.patch(`${REQUESTS}/${name}/status`, { status: { phase: "Active", expiresAt } });
    scene.startController();
    await scene.untilRead(true);
    await scene.stopController();
    await scene.untilRead(false);
    await isGone(`${bindings}/break-glass-${name}`);
    const { status } = await started().client.get<{ status: object }>(`${REQUESTS}/${name}`);
    expect(status).toMatchObject({ phase: "Active", expiresAt });
    scene.startController();
    expect((await scene.inPhase(name, "Ended")).message).toBe("its 30 minutes are over");
  });

  test("goes with its request, should an administrator delete that: each is owned by the one before", async () => {
    const scene = sceneOf();
    const name = await scene.ask();
    await scene.approve(name);
    await scene.untilRead(true);
    const objects = [`${REQUESTS}/${name}`, `${jobs}/break-glass-${name}`, `${bindings}/break-glass-${name}`];
    const [request, timer, binding] = await Promise.all(
      objects.map((path) => started().client.get<{ metadata: { uid: string; ownerReferences?: object[] } }>(path)),
    );
    expect(timer?.metadata.ownerReferences).toMatchObject([{ kind: "AccessRequest", uid: request?.metadata.uid }]);
    expect(binding?.metadata.ownerReferences).toMatchObject([{ kind: "Job", uid: timer?.metadata.uid }]);
    await scene.change("bob", name, { endedBy: "bob" });
    await scene.inPhase(name, "Ended");
  });

  test("isn't set anew: nobody changes the timer, and the operator makes no other Jobs than timers", async () => {
    const scene = sceneOf();
    const name = await scene.ask();
    await scene.approve(name);
    await scene.untilRead(true);
    const timer = `${jobs}/break-glass-${name}`;
    const later = started().client.patch(timer, { spec: { activeDeadlineSeconds: 1e6 } });
    expect(await refusal(later)).toContain("a timer of break-glass is not set anew");
    const job = (name: string, spec: object) => ({
      metadata: { name },
      spec: {
        ...{ parallelism: 0, activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 0, ...spec },
        template: { spec: { restartPolicy: "Never", containers: [{ name: "none", image: "operator:1" }] } },
      },
    });
    for (const [name, spec] of [
      ["break-glass-x", { parallelism: 1 }],
      ["break-glass-x", { activeDeadlineSeconds: 14_401 }],
      ["break-glass-x", { ttlSecondsAfterFinished: 60 }],
      ["miner", {}],
    ] as const)
      expect(await refusal(scene.operator.create(`${jobs}?dryRun=All`, job(name, spec)))).toContain(
        "the operator makes no Jobs but timers of break-glass",
      );
    await scene.operator.create(`${jobs}?dryRun=All`, job("break-glass-x", {}));
    await scene.change("bob", name, { endedBy: "bob" });
    await scene.inPhase(name, "Ended");
  });

  test("isn't given past it: not by a namespace's administrator, and the operator gives nothing else", async () => {
    const scene = sceneOf();
    await started().client.create(`${RBAC}/clusterroles`, {
      metadata: { name: "administrator" },
      rules: [
        { apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings"], verbs: ["create", "delete"] },
        { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "clusterroles"], verbs: ["bind"] },
      ],
    });
    await started().client.create(bindings, {
      metadata: { name: "administrators" },
      roleRef: roleRef("ClusterRole", "administrator"),
      subjects: ["mallory", "system:serviceaccount:agentic-system:agentic-operator"].map((name) => ({
        kind: "User",
        name,
      })),
    });
    const glass = (name: string, ...names: string[]) => ({
      metadata: { name },
      roleRef: roleRef("Role", BREAK_GLASS_ROLE),
      subjects: names.map((subject) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: subject })),
    });
    const refused = await until("mallory's own rights", async () => {
      const message = await refusal(scene.as("mallory").create(bindings, glass("mine", "mallory")));
      return message.includes("cannot create resource") || message.includes("attempting to grant")
        ? undefined
        : message;
    });
    expect(refused).toContain(
      "is given by an AccessRequest that another person approves, not by a RoleBinding of mallory",
    );
    const admin = { ...glass("break-glass-x", "mallory"), roleRef: roleRef("ClusterRole", "administrator") };
    expect(await refusal(scene.operator.create(bindings, admin))).toContain(
      "the operator binds and unbinds nothing but",
    );
    expect(await refusal(scene.operator.delete(`${bindings}/administrators`))).toContain(
      "the operator binds and unbinds nothing but",
    );
    expect(await refusal(scene.operator.create(bindings, glass("break-glass-x", "a", "b")))).toContain(
      "one person at a time",
    );
    expect(await refusal(scene.operator.create(bindings, glass("break-glass-x", "system:admin")))).toContain(
      "one person",
    );
    expect(await refusal(scene.operator.create(bindings, glass("break-glass-x", "mallory")))).toContain(
      "a Job must own the RoleBinding",
    );
  });
}
