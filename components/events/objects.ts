// The bus, the eventsources and the sensors, as values.
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { EVENTS, type EventKind, WEBHOOK } from "@agentic/api/webhook.ts";
import type * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { placement, type Scheduling } from "../scheduling/placement.ts";
import { labels } from "../security/labels.ts";
import { type Resources, restrictedContainer, restrictedPod } from "../security/pod.ts";
import { eventProgram } from "./jq.ts";
import { busName, eventParts, jetStreamVersion } from "./parts.ts";
import type {
  EventBusSpec,
  EventDependency,
  EventSourceSpec,
  PodTemplate,
  SecretKey,
  SensorSpec,
  SensorTrigger,
} from "./types.ts";

const tiny: Resources = { requests: { cpu: "5m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } };

const container = (resources: Resources) => ({
  resources,
  securityContext: restrictedContainer,
  imagePullPolicy: "IfNotPresent" as const,
});

/** What the pods of an EventSource or a Sensor have in common with their kind. */
export interface EventPods extends Scheduling {
  account: pulumi.Input<string>;
  resources: Resources;
}

/** As much of a placement as Argo Events' own templates take: they have no topology spread. */
interface Placed {
  affinity?: object;
  priorityClassName?: pulumi.Input<string>;
}

function podTemplate(part: string, { account, resources, replicas, priorityClass }: EventPods): PodTemplate {
  const { affinity, priorityClassName }: Placed = placement(part, { replicas, priorityClass });
  return {
    metadata: { labels: labels(part) },
    serviceAccountName: account,
    securityContext: restrictedPod(images.argoEvents.uid),
    container: container(resources),
    ...(affinity ? { affinity } : {}),
    ...(priorityClassName ? { priorityClassName } : {}),
  };
}

export interface BusOptions extends Scheduling {
  account: pulumi.Input<string>;
  /** Size of each pod's volume. */
  storage: string;
}

/** Pods of a bus for so many of its clients: they decide by majority, so that two are no better than one. */
export function busReplicas(replicas: number): number {
  return replicas > 1 ? Math.max(3, replicas) : 1;
}

/** JetStream, whose streams outlive its pods. Events that no Sensor has taken are kept for a week. */
export function eventBus({ replicas = 1, account, storage, priorityClass }: BusOptions): EventBusSpec {
  const pods = busReplicas(replicas);
  const { affinity, priorityClassName }: Placed = placement(eventParts.bus, { replicas: pods, priorityClass });
  return {
    jetstream: {
      version: jetStreamVersion,
      replicas: pods,
      metadata: { labels: labels(eventParts.bus) },
      serviceAccountName: account,
      securityContext: restrictedPod(images.nats.uid),
      containerTemplate: container({
        requests: { cpu: "20m", memory: "64Mi" },
        limits: { cpu: "500m", memory: "256Mi" },
      }),
      reloaderContainerTemplate: container(tiny),
      metricsContainerTemplate: container(tiny),
      persistence: { accessMode: "ReadWriteOnce", volumeSize: storage },
      settings: "max_memory_store: 64M\nmax_file_store: 1G\n",
      streamConfig: JSON.stringify({
        maxMsgs: 50_000,
        maxAge: "168h",
        maxBytes: -1,
        // NATS keeps a stream on 5 pods at most.
        replicas: Math.min(pods, 5),
        duplicates: "300s",
        retention: 0,
        discard: 0,
      }),
      maxPayload: "1MB",
      ...(affinity ? { affinity } : {}),
      ...(priorityClassName ? { priorityClassName } : {}),
    },
  };
}

/** The webhook: a path for each kind of event. All replicas answer. */
export function webhookSource(pods: EventPods, secret: SecretKey): EventSourceSpec {
  return {
    eventBusName: busName,
    replicas: pods.replicas ?? 1,
    template: podTemplate(eventParts.webhook, pods),
    webhook: Object.fromEntries(
      Object.entries(EVENTS).map(([kind, endpoint]) => [
        kind,
        {
          endpoint,
          method: "POST" as const,
          port: String(WEBHOOK.port),
          url: "",
          authSecret: secret,
          maxPayloadSize: WEBHOOK.maxBodyBytes,
        },
      ]),
    ),
  };
}

/** A subscription whose messages are events of kind `workload`, as JSON. */
export interface PubSub {
  /** Project of the subscription. */
  project: pulumi.Input<string>;
  /** What it is a subscription of; told along with each event. */
  topic: pulumi.Input<string>;
  subscription: pulumi.Input<string>;
}

/** Messages of a subscription; one replica, since the subscription itself keeps what it hasn't taken. */
export function pubsubSource(pods: EventPods, pubsub: PubSub): EventSourceSpec {
  return {
    eventBusName: busName,
    replicas: 1,
    template: podTemplate(eventParts.pubsub, { ...pods, replicas: 1 }),
    pubSub: {
      workload: {
        projectID: pubsub.project,
        // With a topic Argo Events would ask for more rights, and make a subscription of its own where it finds none.
        subscriptionID: pubsub.subscription,
        metadata: { topic: pubsub.topic },
        jsonBody: true,
        deleteSubscriptionOnFinish: false,
      },
    },
  };
}

/**
 * A sensor that makes an AgentWorkload of each event of a kind that is for one of the tenants. `sources` are the EventSources
 * that have the event. Of several replicas one works and the others stand by.
 */
export function sensor(
  kind: EventKind,
  pods: EventPods,
  options: { tenants: readonly string[]; sources: readonly string[] },
): SensorSpec {
  const dependencies = options.sources.map((source) => dependency(kind, source, options.tenants));
  return {
    eventBusName: busName,
    replicas: pods.replicas ?? 1,
    template: podTemplate(eventParts.sensor, pods),
    dependencies,
    triggers: dependencies.map(({ name }) => trigger(name)),
  };
}

function dependency(kind: EventKind, source: string, tenants: readonly string[]): EventDependency {
  return {
    name: source,
    eventSourceName: source,
    eventName: kind,
    transform: { jq: eventProgram(kind) },
    // The values are regular expressions.
    filters: {
      data: [{ path: "tenant", type: "string", comparator: "=", value: tenants.map((tenant) => `^${tenant}$`) }],
    },
  };
}

function trigger(source: string): SensorTrigger {
  const part = (name: string) => ({
    src: { dependencyName: source, dataKey: name, useRawData: true as const },
    dest: name,
  });
  return {
    template: {
      name: `create-from-${source}`,
      conditions: source,
      k8s: {
        operation: "create",
        source: { resource: { apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind, metadata: {}, spec: {} } },
        parameters: [part("metadata"), part("spec")],
      },
    },
    atLeastOnce: true,
    retryStrategy: { steps: 4, duration: "1s", factor: 2, jitter: 0.1 },
    rateLimit: { unit: "Second", requestsPerUnit: 10 },
  };
}
