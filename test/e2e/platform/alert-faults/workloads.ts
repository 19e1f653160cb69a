// Faults of workloads: they fail, are refused, wait for an answer, or for a site that is away.
import { NAMESPACES } from "@agentic/api/names.ts";
import { RETRY_LIMIT } from "@agentic/api/retries.ts";
import { PARAMETERS } from "@agentic/api/template.ts";
import { expect } from "vitest";
import { apply, get, type KubeObject } from "../../../../embedded/cli/cluster.ts";
import { SITE } from "../../../../examples/site/manifests.ts";
import { namespace, onePage, platform, start, until, untilEnded, workload } from "../platform.ts";
import { type Fault, kube, patch } from "./fault.ts";

const failing = ["a", "b", "c", "d"].map((letter) => `alerts-${letter}`);
const unsigned = "alerts-unsigned";
const away = "alerts-away";
const undecided = "alerts-gate";
const greedy = "alerts-greedy";
/** One that goes well, of whose calls of models a fault of the gateway makes too many. */
export const paid = "alerts-paid";
const { sharedServices } = NAMESPACES;

/** Waits for its end, among all the other faults on a busy node. */
export const ended = (name: string) => untilEnded(name, 600);

const deleted = (...names: string[]) =>
  kube("delete", "agentworkload", "-n", namespace, "--ignore-not-found", ...names);

/** A pod whose children take all the memory that it may have, one after the other. */
const greedyPod = (): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: greedy, namespace: sharedServices },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: greedy,
        image: platform.images.agents,
        command: [
          "node",
          "-e",
          `const { spawnSync } = require("node:child_process");
          setInterval(() => spawnSync(process.execPath, ["-e", "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))"]), 5000);`,
        ],
        resources: { requests: { cpu: "10m", memory: "96Mi" }, limits: { cpu: "200m", memory: "96Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  },
});

/** Makes a copy of the tenant's template with another text in the place of one, and starts a workload of the copy's name. */
async function startLike(name: string, { text, other }: { text: string; other: string }): Promise<void> {
  const template = await get<KubeObject>(platform, "workflowtemplate", "visual-analysis-template", namespace);
  const { apiVersion = "", kind = "", spec = {} } = template ?? {};
  const changed = JSON.stringify(spec).replaceAll(text, other);
  expect(changed).not.toBe(JSON.stringify(spec));
  await apply(platform, [{ apiVersion, kind, metadata: { name, namespace }, spec: JSON.parse(changed) }]);
  const orchestration = { workflowTemplateRef: { name } };
  await start(workload(name, { ...onePage, orchestration }));
}

async function deletedLike(name: string): Promise<void> {
  await deleted(name);
  await kube("delete", "workflowtemplate", "-n", namespace, "--ignore-not-found", name);
}

/** The agents' image by a name that nobody has signed, with a digest, which a tenant's template has to have. */
const unsignedImage = () => ({
  text: `{{workflow.parameters.${PARAMETERS.agentImage}}}`,
  other: `${platform.images.agents}@${platform.signedAgents.split("@")[1]}`,
});

/** A step is tried once. */
const oneTry = { text: `"limit":"${RETRY_LIMIT}"`, other: '"limit":"0"' };

export const workloadFaults: readonly Fault[] = [
  {
    alerts: ["workload-failed", "notifications-fail"],
    begin: async () => {
      // An address that webhooks may not have.
      const notify = [{ url: "https://10.0.0.1/" }];
      for (const name of failing) await start(workload(name, { ...onePage, model: "no-such-model", notify }));
      await Promise.all(failing.map(ended));
    },
    end: () => deleted(...failing),
  },
  {
    alerts: ["image-denied"],
    begin: async () => {
      await startLike(unsigned, unsignedImage());
      const { status } = await ended(unsigned);
      expect(status).toMatchObject({ failure: { kind: "ImageDenied" } });
    },
    end: () => deletedLike(unsigned),
  },
  {
    alerts: ["gate-waits"],
    begin: async () => {
      await start(workload(undecided, { ...onePage, approval: { mode: "manual" } }));
      await until(undecided, ({ status }) => status?.phase === "AwaitingApproval", 600);
    },
    end: () => deleted(undecided),
  },
  {
    alerts: ["out-of-memory"],
    begin: () => apply(platform, [greedyPod()]),
    end: () => kube("delete", "pod", greedy, "-n", sharedServices, "--wait=false", "--ignore-not-found"),
  },
];

/** A site that is away: it begins once no other workload of these needs the site. */
export const siteAway: Fault = {
  alerts: ["service-unavailable"],
  begin: async () => {
    await ended(paid);
    await patch(SITE.namespace, "deployment/site", { spec: { replicas: 0 } });
    await startLike(away, oneTry);
    const { status } = await ended(away);
    expect(status).toMatchObject({ failure: { kind: "ServiceUnavailable" } });
  },
  end: async () => {
    await patch(SITE.namespace, "deployment/site", { spec: { replicas: 1 } });
    await deletedLike(away);
  },
};
