// The controller of Argo Events: turns EventBus, EventSource and Sensor objects of its own namespace into pods.
import { ARGO } from "@agentic/api/names.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { placement, type Scheduling } from "../scheduling/placement.ts";
import { checksum } from "../security/checksum.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, probes, type Resources, tmpMount, tmpVolume } from "../security/pod.ts";
import { roleRef } from "../security/rbac.ts";
import { eventParts, jetStreamVersion } from "./parts.ts";

export interface EventControllerArgs extends Pick<Scheduling, "priorityClass"> {
  namespace: pulumi.Input<string>;
  /** Of the controller and of the eventsources and sensors that it makes. Default: the image table's. */
  image?: string;
  resources?: Resources;
}

const part = eventParts.controller;

/** What it needs in its own namespace, from its source; nothing outside of it, and nothing of the cluster's. */
const rules = [
  {
    apiGroups: [ARGO.group],
    resources: ["eventbus", "eventsources", "sensors"],
    verbs: ["get", "list", "watch", "update", "patch"],
  },
  {
    apiGroups: [ARGO.group],
    resources: [
      "eventbus/status",
      "eventbus/finalizers",
      "eventsources/status",
      "eventsources/finalizers",
      "sensors/status",
      "sensors/finalizers",
    ],
    verbs: ["update", "patch"],
  },
  {
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets"],
    verbs: ["get", "list", "watch", "create", "update", "delete"],
  },
  {
    apiGroups: [""],
    resources: ["services", "configmaps"],
    verbs: ["get", "list", "watch", "create", "update", "delete"],
  },
  { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list", "watch", "delete"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  // It creates the bus' keys and credentials and lists Secrets to find them, which no name can narrow. The only other Secret of
  // this namespace is the webhook's token, which its EventSource gets anyway.
  { apiGroups: [""], resources: ["secrets"], verbs: ["list", "create", "delete"] },
];

/** One replica, which a roll-out stops before it starts the next. */
export class EventController extends pulumi.ComponentResource {
  /** What EventBus, EventSource and Sensor objects depend on, so that their finalizers are answered at the end. */
  readonly deployment: Deployment;

  constructor(name: string, args: EventControllerArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:events:EventController", name, {}, options);
    const child = { parent: this };
    const { namespace } = args;
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const account = new ServiceAccount(name, { metadata: metadata(part), automountServiceAccountToken: false }, child);
    const role = new Role(name, { metadata: metadata(part), rules }, child);
    const binding = new RoleBinding(
      name,
      {
        metadata: metadata(part),
        roleRef: roleRef("Role", role.metadata.name),
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      child,
    );
    const settings = { "controller-config.yaml": JSON.stringify(configuration) };
    const config = new ConfigMap(
      `${name}-config`,
      { metadata: metadata("argo-events-controller-config"), data: settings },
      child,
    );
    this.deployment = new Deployment(
      name,
      {
        metadata: metadata(part),
        spec: {
          replicas: 1,
          strategy: { type: "Recreate" },
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum(settings) },
            spec: {
              ...hardenedPod({ uid: images.argoEvents.uid, account: account.metadata.name }),
              ...placement(part, { priorityClass: args.priorityClass }),
              containers: [container(args)],
              volumes: [{ name: "config", configMap: { name: config.metadata.name } }, tmpVolume("64Mi")],
            },
          },
        },
      },
      { parent: this, dependsOn: [binding] },
    );
    this.registerOutputs({});
  }
}

function container({ image = images.argoEvents.ref, resources }: EventControllerArgs) {
  const health = (path: string) => ({ httpGet: { path, port: "health" } });
  return hardenedContainer({
    name: "controller",
    image,
    // One replica that is replaced, not doubled, needs no lease.
    args: ["controller", "--namespaced", "--leader-election=false"],
    env: [
      { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "ARGO_EVENTS_IMAGE", value: image },
      { name: "IMAGE_PULL_POLICY", value: "IfNotPresent" },
    ],
    ports: [
      { name: "metrics", containerPort: images.argoEvents.ports.metrics },
      { name: "health", containerPort: images.argoEvents.ports.health },
    ],
    resources: resources ?? { requests: { cpu: "20m", memory: "96Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
    ...probes(health("/readyz"), { startSeconds: 60, live: health("/healthz") }),
    volumeMounts: [{ name: "config", mountPath: "/etc/argo-events", readOnly: true }, tmpMount],
  });
}

/** Which images a bus is made of; each bus names its version. The controller reads YAML, and JSON is YAML. */
const configuration = {
  eventBus: {
    // Never used, but the controller doesn't start without a version of it.
    nats: {
      versions: [
        {
          version: "0.22.1",
          natsStreamingImage: "docker.io/library/nats-streaming:0.22.1",
          metricsExporterImage: images.natsExporter.ref,
        },
      ],
    },
    jetstream: {
      settings: "",
      streamConfig: "",
      versions: [
        {
          version: jetStreamVersion,
          natsImage: images.nats.ref,
          metricsExporterImage: images.natsExporter.ref,
          configReloaderImage: images.natsReloader.ref,
          startCommand: "/nats-server",
        },
      ],
    },
  },
};
