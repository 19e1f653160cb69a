// The built-in workflow engine: runs the platform's templates where Argo's images can't be had.
import { LOG_COLLECTOR_ENV } from "@agentic/api/log-format.ts";
import { ARGO } from "@agentic/api/names.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import * as pulumi from "@pulumi/pulumi";
import { ownUid } from "../images.ts";
import { YOUNG_GENERATION } from "../node-flags.ts";
import { placement } from "../scheduling/placement.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, probes, type Resources, tmpMount, tmpVolume } from "../security/pod.ts";
import { clusterAccount } from "../security/rbac.ts";
import { argoKinds } from "./definitions.ts";

export interface BuiltinEngineArgs {
  namespace: pulumi.Input<string>;
  /** Full reference of the engine's image. */
  image: string;
  resources?: Resources;
  /** Name of the PriorityClass of its pod. */
  priorityClass?: pulumi.Input<string>;
  /** Rights in the whole cluster, beside what it watches. Default none: tenants give it theirs. */
  rightsEverywhere?: readonly object[];
  /** RuntimeClass of the workflows' pods. Default: the node's own runtime. */
  runtimeClass?: string;
  /** Base URL of the collector that takes its log, too. Default: it is printed alone. */
  logsUrl?: string;
}

const WORKFLOWS = "workflows";
const CRONS = "cronworkflows";
const TEMPLATES = ["workflowtemplates", "clusterworkflowtemplates"];
/** The kinds that the engine doesn't carry out. */
const UNSERVED = argoKinds
  .map(({ plural }) => plural)
  .filter((kind) => ![WORKFLOWS, CRONS, ...TEMPLATES].includes(kind));

/** What the engine watches in the whole cluster, and how it answers what it doesn't carry out. */
export const engineRules = [
  {
    apiGroups: [ARGO.group],
    resources: [WORKFLOWS, ...TEMPLATES],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
  { apiGroups: [ARGO.group], resources: [CRONS], verbs: ["list", "watch"] },
  // The engine tells the maker of such an object, by an event and a condition, that nobody acts on it.
  { apiGroups: [ARGO.group], resources: UNSERVED, verbs: ["list", "watch"] },
  { apiGroups: [ARGO.group], resources: ["workfloweventbindings"], verbs: ["patch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create"] },
];

/** What the engine changes, in the namespaces of tenants. */
export const engineTenantRules = [
  // It creates those of CronWorkflows.
  { apiGroups: [ARGO.group], resources: [WORKFLOWS], verbs: ["create", "patch", "delete"] },
  { apiGroups: [ARGO.group], resources: [CRONS], verbs: ["patch"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["create", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
];

/** The part's name, and its account's, which network policies select it by. */
export const enginePart = "workflow-engine";
const part = enginePart;

/** One replica, which a roll-out replaces before it starts the next: no leader election is needed. */
export class BuiltinEngine extends pulumi.ComponentResource {
  constructor(name: string, args: BuiltinEngineArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:argo:BuiltinEngine", name, {}, options);
    const child = { parent: this };
    const { namespace } = args;
    const rules = [...engineRules, ...(args.rightsEverywhere ?? [])] as never;
    const account = clusterAccount(
      name,
      { metadata: { name: part, namespace, labels: labels(part) }, role: part, rules },
      child,
    );
    new Deployment(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: {
          replicas: 1,
          strategy: { type: "Recreate" },
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part) },
            spec: {
              ...placement(part, { priorityClass: args.priorityClass }),
              ...hardenedPod({ uid: ownUid, account: account.metadata.name }),
              containers: [container(args)],
              volumes: [tmpVolume("64Mi")],
            },
          },
        },
      },
      child,
    );
    this.registerOutputs({});
  }
}

function container(args: BuiltinEngineArgs) {
  return hardenedContainer({
    name: part,
    image: args.image,
    // A young generation of Node's own size holds more garbage than the engine holds workflows.
    command: ["node", YOUNG_GENERATION, "/app/embedded/engine/main.mjs"],
    env: [
      ...(args.runtimeClass ? [{ name: "RUNTIME_CLASS", value: args.runtimeClass }] : []),
      ...(args.logsUrl ? [{ name: LOG_COLLECTOR_ENV, value: args.logsUrl }] : []),
    ],
    ports: [
      { name: "metrics", containerPort: 9090 },
      { name: "health", containerPort: 6060 },
    ],
    resources: args.resources ?? {
      requests: { cpu: "50m", memory: "128Mi" },
      limits: { cpu: "1", memory: "512Mi" },
    },
    ...probes({ httpGet: { path: "/healthz", port: "health" } }, { startSeconds: 60 }),
    volumeMounts: [tmpMount],
  });
}
