// The bus, the eventsources and the sensors, as values.
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { EVENT_KINDS, type EventKind, eventPath, WEBHOOK } from "@agentic/api/webhook.ts";
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
  SensorSpec,
  SensorTrigger,
  WebhookEvent,
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

/** The webhook: a path for each tenant and kind of event, each with the tenant's token. All replicas answer. */
export function webhookSource(
  pods: EventPods,
  { secret, tenants }: { secret: pulumi.Input<string>; tenants: readonly string[] },
): EventSourceSpec {
  const events = tenants.flatMap((tenant) =>
    EVENT_KINDS.map((kind): [string, WebhookEvent] => [
      eventName(tenant, kind),
      {
        endpoint: eventPath(tenant, kind),
        method: "POST",
        port: String(WEBHOOK.port),
        url: "",
        authSecret: { name: secret, key: tenant },
        maxPayloadSize: WEBHOOK.maxBodyBytes,
      },
    ]),
  );
  return {
    eventBusName: busName,
    replicas: pods.replicas ?? 1,
    template: podTemplate(eventParts.webhook, pods),
    webhook: Object.fromEntries(events),
  };
}

/** What the bus calls the events of a kind that come with a tenant's token. */
function eventName(tenant: string, kind: EventKind): string {
  return `${tenant}-${kind}`;
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
 * A sensor that makes an AgentWorkload of each event of a kind that is for one of the tenants: of the webhook's with the tenant's
 * token, and of the subscription's where `pubsub` says so. Of several replicas one works and the others stand by.
 */
export function sensor(
  kind: EventKind,
  pods: EventPods,
  { tenants, pubsub }: { tenants: readonly string[]; pubsub: boolean },
): SensorSpec {
  const dependencies = tenants.map((tenant) =>
    dependency(`${eventParts.webhook}-${tenant}`, eventProgram(kind, tenant), {
      source: eventParts.webhook,
      name: eventName(tenant, kind),
      tenants: [tenant],
    }),
  );
  if (pubsub)
    dependencies.push(
      dependency(eventParts.pubsub, eventProgram(kind), { source: eventParts.pubsub, name: kind, tenants }),
    );
  return {
    eventBusName: busName,
    replicas: pods.replicas ?? 1,
    template: podTemplate(eventParts.sensor, pods),
    dependencies,
    triggers: dependencies.map(({ name }) => trigger(name)),
  };
}

function dependency(
  name: string,
  program: string,
  event: { source: string; name: string; tenants: readonly string[] },
): EventDependency {
  return {
    name,
    eventSourceName: event.source,
    eventName: event.name,
    transform: { jq: program },
    // The values are regular expressions.
    filters: {
      data: [{ path: "tenant", type: "string", comparator: "=", value: event.tenants.map((tenant) => `^${tenant}$`) }],
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
      // The expression has names of dependencies as variables, which have no hyphens.
      conditions: source.replaceAll("-", "_"),
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
