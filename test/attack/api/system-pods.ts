// Attacks of somebody who may make pods in kube-system, such as whoever stole a deployer's credential, and would have the node by one: on
// a cluster whose own pods there are privileged.
import { beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../../kube/client/client.ts";
import { until } from "../../integration/operator/cluster.ts";
import { type Platform, refusal } from "../platform.ts";
import { cluster, core, DRY_RUN, group } from "./case.ts";

const SPACE = "kube-system";
const PODS = core(SPACE, "pods");
const DAEMONS = group("apps/v1", SPACE, "daemonsets");
const words = "may not make a pod in kube-system that reaches the node: only the cluster's own components do";

const container = (more: object = {}) => ({ name: "main", image: "registry.test/x:1", ...more });
const pod = (spec: object = {}) => ({ automountServiceAccountToken: false, containers: [container()], ...spec });
const secured = (securityContext: object) => pod({ containers: [container({ securityContext })] });
const privileged = secured({ privileged: true });
const labels = { app: "daemon" };
const daemon = (name: string, spec: object) => ({
  metadata: { name },
  spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
});
const make = (client: Client, spec: object) => client.create(PODS + DRY_RUN, { metadata: { name: "p" }, spec });

/** Registers the tests. `teamOf` gives somebody who may make and change pods, DaemonSets and CronJobs anywhere. */
export function systemPodTests(started: () => Platform, teamOf: () => Client): void {
  describe("a pod in kube-system", () => {
    beforeAll(async () => {
      await started().admin.create(cluster("rbac.authorization.k8s.io/v1", "clusterrolebindings"), {
        metadata: { name: "addon-manager" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:addon-manager" }],
      });
      await until("the policy in force", async () => {
        const tried = refusal(make(teamOf(), privileged)).catch(() => "");
        return (await tried).includes(words) || undefined;
      });
    });

    test.each<[string, object]>([
      ["privileged", privileged],
      [
        "by a first container",
        pod({ initContainers: [container({ name: "first", securityContext: { privileged: true } })] }),
      ],
      ["on the node's network", pod({ hostNetwork: true })],
      ["among the node's processes", pod({ hostPID: true })],
      ["with the node's memory", pod({ hostIPC: true })],
      ["with a folder of the node", pod({ volumes: [{ name: "v", hostPath: { path: "/" } }] })],
      ["with a port of the node", pod({ containers: [container({ ports: [{ containerPort: 80, hostPort: 80 }] })] })],
      ["with another capability", secured({ capabilities: { add: ["SYS_ADMIN"] } })],
      ["without seccomp", secured({ seccompProfile: { type: "Unconfined" } })],
      ["without AppArmor", pod({ securityContext: { appArmorProfile: { type: "Unconfined" } } })],
    ])("%s: refused, the administrator too, and the cluster's own account makes it", async (_, spec) => {
      expect(await refusal(make(teamOf(), spec))).toContain(`system:serviceaccount:team:deployer ${words}`);
      expect(await refusal(make(started().admin, spec))).toContain(`admin ${words}`);
      await expect(make(started().playing("system:addon-manager"), spec)).resolves.toBeDefined();
    });

    test("that stays in its container: made by whoever may", async () => {
      const spec = secured({ capabilities: { add: ["NET_BIND_SERVICE"] } });
      await expect(make(teamOf(), spec)).resolves.toBeDefined();
    });

    test("by what makes pods, by its change, or beside the containers of another: refused", async () => {
      const team = teamOf();
      expect(await refusal(team.create(DAEMONS, daemon("mine", privileged)))).toContain(words);
      const template = { spec: { restartPolicy: "Never", ...privileged } };
      const cron = { metadata: { name: "c" }, spec: { schedule: "* * * * *", jobTemplate: { spec: { template } } } };
      expect(await refusal(team.create(group("batch/v1", SPACE, "cronjobs"), cron))).toContain(words);
      await team.create(DAEMONS, daemon("plain", pod()));
      const grown = { spec: { template: { spec: { hostPID: true } } } };
      expect(await refusal(team.patch(`${DAEMONS}/plain`, grown))).toContain(words);
      await team.create(PODS, { metadata: { name: "plain" }, spec: pod() });
      const ephemeralContainers = [container({ name: "debug", securityContext: { privileged: true } })];
      const debugged = team.patch(`${PODS}/plain/ephemeralcontainers`, { spec: { ephemeralContainers } });
      expect(await refusal(debugged)).toContain(words);
    });

    test("of the cluster's own: its controller makes it, and whoever may restarts it, but doesn't change it", async () => {
      const { admin, playing } = started();
      await admin.create("/api/v1/nodes", { metadata: { name: "node-a" } });
      await playing("system:addon-manager").create(DAEMONS, daemon("proxy", { ...privileged, hostNetwork: true }));
      await until("the pod that Kubernetes' controller makes", async () => {
        const pods = await admin.list<{ metadata: { name: string } }>(PODS);
        return pods.find(({ metadata }) => metadata.name.startsWith("proxy-"));
      });
      const restart = { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } } };
      await teamOf().patch(`${DAEMONS}/proxy`, { spec: restart });
      const image = { template: { spec: { containers: [container({ image: "registry.test/evil:1" })] } } };
      for (const client of [teamOf(), admin])
        expect(await refusal(client.patch(`${DAEMONS}/proxy`, { spec: image }))).toContain(words);
    });
  });
}
