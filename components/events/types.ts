// The kinds of Argo Events, as far as the platform uses them (github.com/argoproj/argo-events, pkg/apis/events/v1alpha1).
import type * as pulumi from "@pulumi/pulumi";
import type { Resources } from "../security/pod.ts";

type Text = pulumi.Input<string>;

/** A key of a Secret in the same namespace. */
export interface SecretKey {
  name: Text;
  key: string;
}

interface Container {
  resources: Resources;
  securityContext: object;
  imagePullPolicy: "IfNotPresent";
}

/** What the controller makes the pods of an EventSource or a Sensor from. */
export interface PodTemplate {
  metadata: { labels: Record<string, string> };
  serviceAccountName: Text;
  securityContext: object;
  container: Container;
  affinity?: object;
  priorityClassName?: Text;
}

/** A JetStream bus; the controller adds TLS, credentials and encryption at rest by itself. */
export interface EventBusSpec {
  jetstream: {
    /** One of the versions in the controller's configuration. */
    version: string;
    /** 1, or 3 and more. */
    replicas: number;
    metadata: { labels: Record<string, string> };
    serviceAccountName: Text;
    securityContext: object;
    containerTemplate: Container;
    reloaderContainerTemplate: Container;
    metricsContainerTemplate: Container;
    persistence: { accessMode: "ReadWriteOnce"; volumeSize: string };
    /** Lines of NATS' configuration, inside its section `jetstream`. */
    settings: string;
    /** YAML: what the streams are made with. */
    streamConfig: string;
    /** Largest message, as NATS writes it. */
    maxPayload: string;
    affinity?: object;
    priorityClassName?: Text;
  };
}

/** One path of a webhook. */
export interface WebhookEvent {
  endpoint: string;
  method: "POST";
  port: string;
  url: string;
  /** Callers send its value as `Authorization: Bearer <value>`. */
  authSecret: SecretKey;
  /** In bytes. */
  maxPayloadSize: number;
}

/** Messages of a Pub/Sub subscription, which exists already; whose identity is the pod's (Workload Identity). */
export interface PubSubEvent {
  projectID: Text;
  subscriptionID: Text;
  /** Passed along with each event. */
  metadata: Record<string, Text>;
  jsonBody: true;
  deleteSubscriptionOnFinish: false;
}

export interface EventSourceSpec {
  eventBusName: string;
  replicas: number;
  template: PodTemplate;
  webhook?: Record<string, WebhookEvent>;
  pubSub?: Record<string, PubSubEvent>;
}

/** An event that a Sensor waits for. */
export interface EventDependency {
  name: string;
  eventSourceName: string;
  eventName: string;
  /** A jq program; what it gives is the event's data from then on, for filters too. */
  transform: { jq: string };
  filters: { data: { path: string; type: "string"; value: string[]; comparator: "=" }[] };
}

/** Where a value of the triggered object comes from; objects keep their shape with `useRawData`. */
export interface TriggerParameter {
  src: { dependencyName: string; dataKey: string; useRawData: true };
  dest: string;
}

export interface SensorTrigger {
  template: {
    name: string;
    conditions: string;
    k8s: { operation: "create"; source: { resource: object }; parameters: TriggerParameter[] };
  };
  /** An event is taken off the bus once its trigger has run. */
  atLeastOnce: true;
  retryStrategy: { steps: number; duration: string; factor: number; jitter: number };
  rateLimit: { unit: "Second"; requestsPerUnit: number };
}

export interface SensorSpec {
  eventBusName: string;
  replicas: number;
  template: PodTemplate;
  dependencies: EventDependency[];
  triggers: SensorTrigger[];
}
