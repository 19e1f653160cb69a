// The browser as a service: Browserless, which runs Chromium, and a front that gives each tenant browsers of its own.
import { NAMESPACES } from "@agentic/api/names.ts";
import { quantity } from "@agentic/api/quantities.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../../images.ts";
import { checkWholeNumbers } from "../../numbers.ts";
import { checkReplicas, disruptionBudget, type NodeChoice, placement } from "../../scheduling/placement.ts";
import { checksum } from "../../security/checksum.ts";
import { randomCredential } from "../../security/credential.ts";
import { browserlessPart } from "../../security/flows.ts";
import { firstGeneration, type Rotation } from "../../security/generation.ts";
import { labels, selector } from "../../security/labels.ts";
import {
  hardenedContainer,
  hardenedPod,
  probes,
  type Resources,
  restrictedContainer,
  tmpMount,
  tmpVolume,
} from "../../security/pod.ts";
import {
  endedFolder,
  endedVolume,
  front,
  frontFiles,
  frontVolumes,
  limitEnvironment,
  programFolder,
  type TenantToken,
} from "./front-container.ts";
import { browserUrl } from "./launch.ts";

export interface BrowserlessArgs {
  namespace: pulumi.Input<string>;
  /** The tenants' tokens. */
  tokens: readonly TenantToken[];
  /** Browsers at once in each pod. Default 3: each takes some 200 MiB. */
  concurrency?: number;
  /** Of those, browsers of one tenant. Default: all but one, so that nobody waits for another tenant's pages alone. */
  tenantConcurrency?: number;
  /** Requests of one tenant that wait for a browser before others of its are turned away with 429. Default 20. */
  queue?: number;
  /** Seconds that one session may take. Default 60. */
  timeout?: number;
  /** MiB that one browser with its pages may take before it is ended. Default: its share of the limit of `resources`, at least 384. */
  memory?: number;
  /** Path of the nodes' seccomp profile in which Chromium's own sandbox works. Default: none, and no such sandbox. */
  seccompProfile?: string;
  /** Pods. Default 1. */
  replicas?: number;
  /** Name of their PriorityClass. */
  priorityClass?: pulumi.Input<string>;
  /** Their nodes. Default: any. */
  nodes?: NodeChoice;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Generation of the token between Browserless and its front. Default: the first. */
  rotation?: Rotation;
}

const part = browserlessPart;

/** Port of Browserless itself, which only its front and the kubelet's probes reach. */
const ownPort = 3001;

/** Browserless with a limit of sessions at once and of each session's time, behind a front that knows the tenants. */
export class Browserless extends pulumi.ComponentResource {
  /** URL of the Chrome DevTools Protocol endpoint in the cluster. */
  readonly url: string;
  /** Once it is ready, the front takes the tokens. */
  readonly deployment: Deployment;

  constructor(name: string, args: BrowserlessArgs, options?: pulumi.ComponentResourceOptions) {
    const { concurrency = 3, queue = 20, timeout = 60 } = args;
    const { tenantConcurrency = Math.max(1, concurrency - 1) } = args;
    const { resources = defaultResources } = args;
    const { memory = shareOf(resources, concurrency) } = args;
    checkWholeNumbers({ concurrency, tenantConcurrency, queue, timeout, memory }, { from: 1 });
    checkReplicas(args.replicas ?? 1);
    super("agentic:data:Browserless", name, {}, options);
    const child = { parent: this };
    const { namespace } = args;
    const { http } = images.browserless.ports;
    const env = limitEnvironment(memory);
    this.url = `ws://${part}.${NAMESPACES.sharedServices}:${http}`;
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const rotation = { ...(args.rotation ?? firstGeneration), keepPrevious: false };
    const token = randomCredential(`${name}-token`, { length: 32, rotation }, child).current.value;
    const stringData = { token, "tokens.json": pulumi.jsonStringify(args.tokens) };
    const secret = new Secret(`${name}-token`, { metadata: metadata("browserless-token"), stringData }, child);
    const data = frontFiles();
    const program = new ConfigMap(`${name}-front`, { metadata: metadata("browserless-front"), data }, child);
    new Service(
      name,
      { metadata: metadata(part), spec: { selector: selector(part), ports: [{ name: "http", port: http }] } },
      child,
    );
    const image = args.image ?? images.browserless.ref;
    this.deployment = new Deployment(
      name,
      {
        metadata: metadata(part),
        spec: {
          replicas: args.replicas ?? 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum([data, stringData]) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.browserless.uid, gracePeriodSeconds: timeout + 15 }),
              containers: [
                service({ ...args, resources, image, concurrency, timeout, secret: secret.metadata.name, limit: env }),
                front({
                  image,
                  limit: env,
                  limits: { concurrency, tenantConcurrency, queue },
                  browserUrl: browserUrl({ port: ownPort, sandboxed: args.seccompProfile !== undefined }),
                }),
              ],
              volumes: [
                tmpVolume("2Gi"),
                { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "512Mi" } },
                { name: endedVolume, emptyDir: { sizeLimit: "1Mi" } },
                ...frontVolumes({ program: program.metadata.name, secret: secret.metadata.name }),
              ],
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

/** What the service's own container is made of. */
interface ServiceArgs extends Pick<BrowserlessArgs, "seccompProfile"> {
  resources: Resources;
  /** Of a browser's memory. */
  limit: Record<string, string>;
  image: string;
  concurrency: number;
  timeout: number;
  secret: pulumi.Input<string>;
}

const defaultResources: Resources = {
  requests: { cpu: "50m", memory: "256Mi" },
  limits: { cpu: "2", memory: "2Gi" },
};

const MiB = 2 ** 20;

/** MiB of a browser where all have as many at once, beside Browserless itself. */
const shareOf = ({ limits }: Resources, concurrency: number): number =>
  Math.max(384, Math.floor((quantity(limits.memory) / MiB - 256) / concurrency));

function service({ image, concurrency, timeout, secret, resources, limit, seccompProfile }: ServiceArgs) {
  return {
    ...hardenedContainer({
      name: part,
      image,
      env: [
        // Browserless reads its token from nowhere else.
        { name: "TOKEN", valueFrom: { secretKeyRef: { name: secret, key: "token" } } },
        { name: "HOST", value: "0.0.0.0" },
        { name: "PORT", value: String(ownPort) },
        { name: "CONCURRENT", value: String(concurrency) },
        // The front lets in as many as there are browsers; one that is about to end may still count here.
        { name: "QUEUED", value: String(concurrency) },
        { name: "TIMEOUT", value: String(timeout * 1000) },
        { name: "METRICS_JSON_PATH", value: "/tmp/metrics.json" },
        { name: "HOME", value: "/tmp" },
        // The command is the image's own: what ends greedy browsers is loaded into its program.
        { name: "NODE_OPTIONS", value: `--import=${programFolder}/memory.ts` },
        ...Object.entries(limit).map(([key, value]) => ({ name: key, value })),
      ],
      ports: [{ name: "browsers", containerPort: ownPort }],
      resources,
      ...probes({ tcpSocket: { port: "browsers" } }, { startSeconds: 120 }),
      lifecycle: { preStop: { exec: { command: ["node", "-e", drain(timeout)] } } },
      volumeMounts: [
        tmpMount,
        // Chromium shares pixels between its processes here; the default 64 MiB crash it on large pages.
        { name: "shm", mountPath: "/dev/shm" },
        { name: "front", mountPath: programFolder, readOnly: true },
        { name: endedVolume, mountPath: endedFolder },
      ],
    }),
    securityContext: {
      ...restrictedContainer,
      ...(seccompProfile ? { seccompProfile: { type: "Localhost", localhostProfile: seccompProfile } } : {}),
    },
  };
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
