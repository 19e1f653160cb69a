// The browser as a service: Browserless, which runs Chromium for whoever has its token.
import { NAMESPACES } from "@agentic/api/names.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { checkWholeNumbers } from "../numbers.ts";
import { checkReplicas, disruptionBudget, type NodeChoice, placement } from "../scheduling/placement.ts";
import { checksum } from "../security/checksum.ts";
import { randomCredential } from "../security/credential.ts";
import { firstGeneration, type Rotation } from "../security/generation.ts";
import { labels, selector } from "../security/labels.ts";
import { browserlessPart } from "../security/network-policies.ts";
import { hardenedContainer, hardenedPod, probes, type Resources, tmpMount, tmpVolume } from "../security/pod.ts";

export interface BrowserlessArgs {
  namespace: pulumi.Input<string>;
  /** Browsers at once. Default 2: each takes some 200 MiB. */
  concurrency?: number;
  /** Requests that wait for a browser before others are turned away with 429. Default 20. */
  queue?: number;
  /** Seconds that one session may take. Default 60. */
  timeout?: number;
  /** Pods. Default 1. */
  replicas?: number;
  /** Name of their PriorityClass. */
  priorityClass?: pulumi.Input<string>;
  /** Their nodes. Default: any. */
  nodes?: NodeChoice;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Generation of the token. Default: the first. */
  rotation?: Rotation;
}

/** Browserless with a limit of sessions at once and of each session's time. */
export class Browserless extends pulumi.ComponentResource {
  /** URL of the Chrome DevTools Protocol endpoint in the cluster. */
  readonly url: string;
  readonly token: pulumi.Output<string>;
  /** Once it is ready, the browsers take the token. */
  readonly deployment: Deployment;

  constructor(name: string, args: BrowserlessArgs, options?: pulumi.ComponentResourceOptions) {
    const { concurrency = 2, queue = 20, timeout = 60 } = args;
    checkWholeNumbers({ concurrency, queue, timeout }, { from: 1 });
    checkReplicas(args.replicas ?? 1);
    super("agentic:data:Browserless", name, {}, options);
    const child = { parent: this };
    const { namespace } = args;
    const part = browserlessPart;
    const { http } = images.browserless.ports;
    this.url = `ws://${part}.${NAMESPACES.sharedServices}:${http}`;
    const rotation = { ...(args.rotation ?? firstGeneration), keepPrevious: false };
    this.token = randomCredential(`${name}-token`, { length: 32, rotation }, child).current.value;
    const secret = new Secret(
      `${name}-token`,
      { metadata: { name: "browserless-token", namespace, labels: labels(part) }, stringData: { token: this.token } },
      child,
    );
    new Service(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: { selector: selector(part), ports: [{ name: "http", port: http }] },
      },
      child,
    );
    this.deployment = new Deployment(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: {
          replicas: args.replicas ?? 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum(this.token) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.browserless.uid, gracePeriodSeconds: timeout + 15 }),
              containers: [
                hardenedContainer({
                  name: part,
                  image: args.image ?? images.browserless.ref,
                  env: [
                    // Browserless reads its token from nowhere else.
                    { name: "TOKEN", valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "token" } } },
                    { name: "HOST", value: "0.0.0.0" },
                    { name: "PORT", value: String(http) },
                    { name: "CONCURRENT", value: String(concurrency) },
                    { name: "QUEUED", value: String(queue) },
                    { name: "TIMEOUT", value: String(timeout * 1000) },
                    { name: "METRICS_JSON_PATH", value: "/tmp/metrics.json" },
                    { name: "HOME", value: "/tmp" },
                  ],
                  ports: [{ name: "http", containerPort: http }],
                  resources: args.resources ?? {
                    requests: { cpu: "50m", memory: "256Mi" },
                    limits: { cpu: "2", memory: "2Gi" },
                  },
                  ...probes({ tcpSocket: { port: "http" } }, { startSeconds: 120 }),
                  lifecycle: { preStop: { exec: { command: ["node", "-e", drain(timeout)] } } },
                  volumeMounts: [
                    tmpMount,
                    // Chromium shares pixels between its processes here; the default 64 MiB crash it on large pages.
                    { name: "shm", mountPath: "/dev/shm" },
                  ],
                }),
              ],
              volumes: [tmpVolume("2Gi"), { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "512Mi" } }],
            },
          },
        },
      },
      child,
    );
    disruptionBudget(name, { part, ...args }, child);
    this.registerOutputs({ url: this.url });
  }
}

/** Waits until no session is open, at most as long as one may take: at its end Browserless would end them. */
const drain = (seconds: number) => `
const end = Date.now() + ${seconds * 1000};
const url = "http://127.0.0.1:" + process.env.PORT + "/pressure?token=" + process.env.TOKEN;
(async () => {
  while (Date.now() < end) {
    const { pressure } = await (await fetch(url)).json();
    if (pressure.running + pressure.queued === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
})();
`;
