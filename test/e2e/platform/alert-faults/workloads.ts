// Faults of workloads: they fail, are refused, wait for an answer, or for a site that is away.
import { NAMESPACES } from "@agentic/api/names.ts";
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

/** The tenant's template with the agents' image by a name that nobody has signed: which one runs is a parameter that the operator sets. */
async function unsignedTemplate(): Promise<KubeObject> {
  const template = await get<KubeObject>(platform, "workflowtemplate", "visual-analysis-template", namespace);
  const { apiVersion = "", kind = "", spec = {} } = template ?? {};
  const parameter = `{{workflow.parameters.${PARAMETERS.agentImage}}}`;
  const text = JSON.stringify(spec).replaceAll(parameter, platform.images.agents);
  expect(text).not.toBe(JSON.stringify(spec));
  return { apiVersion, kind, metadata: { name: unsigned, namespace }, spec: JSON.parse(text) };
}

export const workloadFaults: readonly Fault[] = [
  {
    alerts: ["workload-failed", "notifications-fail"],
    begin: async () => {
      // An address that webhooks may not have.
      const notify = [{ url: "https://10.0.0.1/" }];
      for (const name of failing) await start(workload(name, { ...onePage, model: "no-such-model", notify }));
      await Promise.all(failing.map((name) => untilEnded(name)));
    },
    end: () => deleted(...failing),
  },
  {
    alerts: ["image-denied"],
    begin: async () => {
      await apply(platform, [await unsignedTemplate()]);
      const orchestration = { workflowTemplateRef: { name: unsigned } };
      await start(workload(unsigned, { ...onePage, orchestration }));
      const { status } = await untilEnded(unsigned);
      expect(status).toMatchObject({ failure: { kind: "ImageDenied" } });
    },
    end: async () => {
      await deleted(unsigned);
      await kube("delete", "workflowtemplate", "-n", namespace, "--ignore-not-found", unsigned);
    },
  },
  {
    alerts: ["gate-waits"],
    begin: async () => {
      await start(workload(undecided, { ...onePage, approval: { mode: "manual" } }));
      await until(undecided, ({ status }) => status?.phase === "AwaitingApproval");
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
    await untilEnded(paid);
    await patch(SITE.namespace, "deployment/site", { spec: { replicas: 0 } });
    await start(workload(away, { ...onePage, retry: { limit: 0 } }));
    const { status } = await untilEnded(away);
    expect(status).toMatchObject({ failure: { kind: "ServiceUnavailable" } });
  },
  end: async () => {
    await patch(SITE.namespace, "deployment/site", { spec: { replicas: 1 } });
    await deleted(away);
  },
};
