// From an agent's pod the platform's services answer, and nothing else does.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import { agentDns, platform } from "./platform.ts";

const namespace = "tenant-demo";
const name = "network-probe";

// What an agent's pod is made of, with a program that says which addresses took a connection.
const probe = (image: string, questions: Asked, dns: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels: { "agentic.io/component": "agent" } },
  spec: {
    ...dns,
    restartPolicy: "Never",
    serviceAccountName: "agent",
    automountServiceAccountToken: false,
    // Its Node is the container's first process, which nothing but a handler of its own lets go at SIGTERM.
    terminationGracePeriodSeconds: 0,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "main",
        image,
        command: ["node", "-e", script, JSON.stringify(questions)],
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  },
});

/** Addresses to connect to, and names to look up: by the pod's own resolver, and by the cluster's at its address. */
interface Asked {
  targets: string[];
  names: string[];
  clusterDns: string;
}

const script = `
const net = require("node:net");
const { Resolver } = require("node:dns/promises");
const asked = JSON.parse(process.argv[1]);
const lookUp = (server) => async (name) => {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  if (server) resolver.setServers([server]);
  const answer = await resolver.resolve4(name).then(() => "known", ({ code }) => code);
  return [(server ? "cluster " : "own ") + name, answer];
};
const connect = (target) => new Promise((resolve) => {
  const [host, port] = target.split(":");
  const socket = net.connect({ host, port: Number(port), timeout: 4000 });
  const end = (answer) => { socket.destroy(); resolve([target, answer]); };
  socket.once("connect", () => end("open"));
  socket.once("timeout", () => end("closed"));
  socket.once("error", (error) => end(error.code === "ENOTFOUND" ? "unknown name" : "closed"));
});
Promise.all([
  ...asked.targets.map(connect),
  ...asked.names.flatMap((name) => [lookUp()(name), lookUp(asked.clusterDns)(name)]),
]).then((all) => console.log(JSON.stringify(Object.fromEntries(all))));
`;

describe("from an agent's pod", () => {
  let answers: Record<string, string>;
  const open = [
    "minio.shared-services:9000",
    "browserless.shared-services:3000",
    "litellm.shared-services:4000",
    "postgres.shared-services:5432",
  ];
  let apiServer: string;
  let nodeAddress: string;
  const other = "other-tenant.tenant-other:8080";
  const site = "site.sample-site:8080";
  const besideSite = "beside-site.sample-site:8080";
  const inside = "minio.shared-services.svc.cluster.local";
  const outside = "data-of-the-tenant.attacker.example";
  let clusterDns: string;
  let ownBrowserless: string;
  const consolePages = "agentic-console.agentic-system:8443";
  const internet = ["1.1.1.1:443", "8.8.8.8:53"];

  beforeAll(async () => {
    const {
      spec: { clusterIP },
    } = await clusterService("kubernetes", "default");
    apiServer = `${clusterIP}:443`;
    const { spec } = await clusterService("kube-dns", "kube-system");
    clusterDns = spec.clusterIP;
    nodeAddress = `${new URL(platform.server).host}`;
    const servers = [
      { namespace: "tenant-other", name: "other-tenant" },
      { namespace: "sample-site", name: "beside-site" },
    ];
    await apply(platform, [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "tenant-other" } },
      ...servers.flatMap((server) => openServer(server, platform.signedAgents)),
    ]);
    for (const server of servers)
      await kubectl(platform, [
        "wait",
        "-n",
        server.namespace,
        `pod/${server.name}`,
        "--for=condition=Ready",
        "--timeout=60s",
      ]);
    await kubectl(platform, ["delete", "pod", name, "-n", namespace, "--ignore-not-found"]);
    // Browserless itself, behind its front.
    const pods = ["get", "pods", "-n", "shared-services", "-l", "app.kubernetes.io/name=browserless"];
    ownBrowserless = `${await kubectl(platform, [...pods, "-o", "jsonpath={.items[0].status.podIP}"])}:3001`;
    const targets = [
      ...open,
      apiServer,
      nodeAddress,
      other,
      site,
      besideSite,
      ...internet,
      consolePages,
      `${clusterDns}:53`,
      ownBrowserless,
    ];
    const questions = { targets, names: [inside, outside], clusterDns };
    await apply(platform, [probe(platform.signedAgents, questions, await agentDns())]);
    await kubectl(platform, [
      "wait",
      "-n",
      namespace,
      `pod/${name}`,
      "--for=jsonpath={.status.phase}=Succeeded",
      "--timeout=60s",
    ]);
    answers = JSON.parse(await kubectl(platform, ["logs", name, "-n", namespace]));
  });

  afterAll(async () => {
    await kubectl(platform, ["delete", "pod", name, "-n", namespace, "--ignore-not-found"]);
    await kubectl(platform, ["delete", "namespace", "tenant-other", "--ignore-not-found"]);
    const kinds = "pod,service,networkpolicy";
    await kubectl(platform, ["delete", kinds, "beside-site", "-n", "sample-site", "--ignore-not-found"]);
  });

  it.each(open)("%s answers", (target) => expect(answers[target]).toBe("open"));
  it("the API server does not answer, by its service or by its own address", () =>
    expect([answers[apiServer], answers[nodeAddress]]).toEqual(["closed", "closed"]));
  it("Browserless does not answer but for its front", () => expect(answers[ownBrowserless]).toBe("closed"));
  it("another tenant's pod, which takes connections from anybody, does not answer", () =>
    expect(answers[other]).toBe("closed"));
  it("a site that the tenant may read answers, and another pod on its port in its namespace does not", () =>
    expect([answers[site], answers[besideSite]]).toEqual(["open", "closed"]));
  it("the console does not answer", () => expect(answers[consolePages]).toBe("closed"));
  it("the internet does not answer", () =>
    expect(internet.map((target) => answers[target])).toEqual(["closed", "closed"]));
  it("the tenant's resolver knows names inside, and says of one outside that there is none", () =>
    expect([answers[`own ${inside}`], answers[`own ${outside}`]]).toEqual(["known", "ENOTFOUND"]));
  it("the cluster's DNS, which may ask outside, does not answer, by UDP or TCP", () => {
    const byUdp = [inside, outside].map((host) => answers[`cluster ${host}`]);
    expect([...byUdp, answers[`${clusterDns}:53`]]).toEqual(["ETIMEOUT", "ETIMEOUT", "closed"]);
  });
  it("the cluster's DNS answers a pod whose namespace keeps nobody from it", async () => {
    const script = `require("node:dns/promises").resolve4("${inside}").then(() => console.log("known"), console.log)`;
    const pod = ["-n", "tenant-other", "other-tenant"];
    expect(await kubectl(platform, ["exec", ...pod, "--", "node", "-e", script])).toContain("known");
  });
});

async function clusterService(name: string, namespace: string) {
  const service = await get<KubeObject & { spec: { clusterIP: string } }>(platform, "service", name, namespace);
  if (!service) throw new Error(`no Service ${namespace}/${name}`);
  return service;
}

/** A server that lets everybody in: only the sender's own policy keeps the probe from it. */
function openServer({ namespace, name }: { namespace: string; name: string }, image: string): unknown[] {
  const metadata = { name, namespace };
  const labels = { app: name };
  const server = 'require("node:http").createServer((_, r) => r.end("hello")).listen(8080)';
  const pod = probe(image, { targets: [], names: [], clusterDns: "" });
  const [container] = pod.spec.containers;
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ port: 8080 }] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata,
      spec: { podSelector: { matchLabels: labels }, ingress: [{}] },
    },
    {
      ...pod,
      metadata: { ...metadata, labels },
      spec: {
        ...pod.spec,
        serviceAccountName: "default",
        containers: [
          {
            ...container,
            command: ["node", "-e", server],
            readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  ];
}
