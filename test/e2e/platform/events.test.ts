// An event that somebody posts leads to a finished report, and what isn't allowed leads to nothing.
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { nonEmpty } from "../../non-empty.ts";
import { eventually, namespace, platform, site, untilEnded } from "./platform.ts";
import { openWebhook, space, type Webhook } from "./webhook.ts";

const run = promisify(execFile);

let webhook: Webhook;
let url: string;
let token: string;
let engine: Webhook["engine"];

beforeAll(async () => {
  webhook = await openWebhook();
  ({ url, token, engine } = webhook);
});
afterAll(() => webhook?.[Symbol.asyncDispose]());

/** Runs curl as the documentation has it, and gives the status and the body. */
async function curl(path: string, body: string, headers: Record<string, string> = webhook.authentication(body)) {
  const args = ["--silent", "--show-error", "--max-time", "20", "--write-out", "\n%{http_code}"];
  const all = Object.entries({ ...headers, "content-type": "application/json" });
  const lines = all.flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  const child = run("curl", [...args, ...lines, "--data-binary", "@-", `${url}${path}`]);
  // A server that refuses early may stop reading.
  child.child.stdin?.on("error", () => {});
  child.child.stdin?.end(body);
  const answer = (await child).stdout.split("\n");
  const status = Number(answer.pop());
  return { status, text: answer.join("\n") };
}

const post = (path: string, event: object) => curl(path, JSON.stringify(event));

async function workloads(): Promise<string[]> {
  return (await list(platform, "agentworkloads", namespace)).map(({ metadata }) => metadata.name);
}

describe("an event", () => {
  it.concurrent("of a document leads to a workload that completes", async ({ expect }) => {
    const before = await workloads();
    const objective = "Compare the products, their prices and their guarantees";
    const answer = await post("/demo/document", { tenant: "demo", url: `${site}/products.html`, objective });
    expect(answer.status, answer.text).toBe(200);
    const name = await eventually("workload of the event", async () =>
      (await workloads()).find((workload) => workload.startsWith("document-") && !before.includes(workload)),
    );
    const { status, metadata } = await untilEnded(name);
    expect(status?.phase, JSON.stringify(status)).toBe("Completed");
    expect(metadata.labels).toMatchObject({ "agentic.io/event": "document" });
    expect(Object.keys(status?.workflowArtifacts ?? {})).toContain("report");
  });

  it.concurrent("of a workload leads to just that workload, however often it is sent", async ({ expect }) => {
    const name = "by-event";
    await kubectl(platform, ["delete", "agentworkload", name, "-n", namespace, "--ignore-not-found", "--wait"]);
    const event = { tenant: "demo", name, objective: "Say what is sold", targetUrls: [`${site}/products.html`] };
    for (let i = 0; i < 3; i++) expect((await post("/demo/workload", event)).status).toBe(200);
    await eventually("workload of the event", async () => (await workloads()).find((workload) => workload === name));
    expect((await untilEnded(name)).status?.phase).toBe("Completed");
    expect((await workloads()).filter((workload) => workload.startsWith(name))).toEqual([name]);
  });

  it("is taken from a pod of another namespace, by the Service's name", async () => {
    const caller = callerPod(platform.signedAgents, token);
    try {
      await apply(platform, caller);
      await kubectl(platform, [
        "wait",
        "-n",
        "event-caller",
        "pod/caller",
        "--for=jsonpath={.status.phase}=Succeeded",
        "--timeout=60s",
      ]);
      expect(await kubectl(platform, ["logs", "-n", "event-caller", "caller"])).toContain("200");
    } finally {
      // What it does is seen above.
      await kubectl(platform, ["delete", "agentworkloads", "-n", namespace, "-l", "agentic.io/event", "--wait=false"]);
      await kubectl(platform, ["delete", "namespace", "event-caller", "--ignore-not-found", "--wait=false"]);
    }
  });
});

describe("what is refused", () => {
  const event = { tenant: "demo", name: "never", objective: "x", targetUrls: ["http://site.sample-site:8080/"] };

  it("another token, with 401", async () => {
    const answers = await Promise.all(
      ["Bearer wrong", `Basic ${token}`, ""].map((authorization) =>
        curl("/demo/workload", JSON.stringify(event), { authorization }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  it("a body that is too large, with 413 (Argo Events: 400)", async () => {
    const answer = await post("/demo/workload", { ...event, objective: "x".repeat(300_000) });
    expect(answer.status).toBe(engine === "argo" ? 400 : 413);
  });

  it("what is no JSON, with 400", async () => expect((await curl("/demo/workload", "{")).status).toBe(400));

  it("another path, with 404", async () => expect((await post("/demo/workflows", event)).status).toBe(404));

  it("a tenant that there isn't, and a namespace that is no tenant's", async () => {
    for (const tenant of ["nobody", "../argo-events"]) {
      expect([401, 404]).toContain((await post(`/${tenant}/workload`, event)).status);
      const { status } = await post("/demo/workload", { ...event, tenant });
      // Argo Events takes any JSON onto its bus, and its Sensor drops what isn't for the token's tenant.
      if (engine === "builtin") expect(status).toBe(tenant === "nobody" ? 403 : 400);
    }
  });

  it("leaves nothing behind", async () => {
    // What is on the bus takes a moment to become a workload.
    if (engine === "argo") await sleep(5_000);
    const all = await list(platform, "agentworkloads");
    expect(all.map(({ metadata }) => metadata.name)).not.toContain("never");
  });
});

it("gives the accounts that take events one right, and only in tenants' namespaces", async () => {
  const accounts = engine === "argo" ? ["document-sensor", "workload-sensor"] : ["event-receiver"];
  for (const account of nonEmpty(accounts)) {
    const can = async (verb: string, resource: string, where: string) =>
      await kubectl(platform, [
        "auth",
        "can-i",
        verb,
        resource,
        "-n",
        where,
        `--as=system:serviceaccount:${space}:${account}`,
      ]).then(
        () => true,
        () => false,
      );
    expect(await can("create", "agentworkloads.agentic.io", namespace)).toBe(true);
    expect(await can("create", "agentworkloads.agentic.io", "agentic-system")).toBe(false);
    for (const [verb, resource] of [
      ["get", "agentworkloads.agentic.io"],
      ["delete", "agentworkloads.agentic.io"],
      ["create", "workflows.argoproj.io"],
      ["create", "pods"],
      ["get", "secrets"],
    ] as const)
      expect(await can(verb, resource, namespace), `${verb} ${resource}`).toBe(false);
  }
});

/** A pod of somebody's in the cluster, with the token in a Secret of its own. */
function callerPod(image: string, secret: string): unknown[] {
  const metadata = { name: "caller", namespace: "event-caller" };
  const script = `
    const { createHmac } = require("node:crypto");
    const token = require("node:fs").readFileSync("/etc/secrets/webhook/token", "utf8");
    const body = JSON.stringify({ name: "by-pod", url: "${site}/about.html" });
    const time = String(Math.floor(Date.now() / 1000));
    const key = Buffer.from(token.slice("whsec_".length), "base64");
    const signature = createHmac("sha256", key).update("by-pod." + time + "." + body).digest("base64");
    const signed = { "webhook-id": "by-pod", "webhook-timestamp": time, "webhook-signature": "v1," + signature };
    const headers = { ...${engine === "argo" ? '{ authorization: "Bearer " + token }' : "signed"}, "content-type": "application/json" };
    fetch("http://webhook.argo-events:12000/demo/document", { method: "POST", headers, body }).then((r) => console.log(r.status));
  `;
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "event-caller", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    },
    { apiVersion: "v1", kind: "Secret", metadata: { ...metadata, name: "webhook" }, stringData: { token: secret } },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          fsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        },
        volumes: [{ name: "token", secret: { secretName: "webhook", defaultMode: 0o440 } }],
        containers: [
          {
            name: "main",
            image,
            command: ["node", "-e", script],
            volumeMounts: [{ name: "token", mountPath: "/etc/secrets/webhook", readOnly: true }],
            resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
          },
        ],
      },
    },
  ];
}
