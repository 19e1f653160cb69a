// Argo Events: its controller, a JetStream bus, the webhook's EventSource, and a Sensor for each kind of event.
import { ANNOTATIONS, ARGO } from "@agentic/api/names.ts";
import { EVENT_KINDS, sensorAccount } from "@agentic/api/webhook.ts";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { checkReplicas, disruptionBudget, type Scheduling } from "../scheduling/placement.ts";
import { labels, selector } from "../security/labels.ts";
import type { Resources } from "../security/pod.ts";
import { EventController } from "./controller.ts";
import { EventDefinitions } from "./definitions.ts";
import { busReplicas, eventBus, type PubSub, pubsubSource, sensor, webhookSource } from "./objects.ts";
import { busName, eventParts, metricsPort } from "./parts.ts";

export interface ArgoEventsArgs extends Scheduling {
  namespace: pulumi.Input<string>;
  /** Name of the Secret with the tenants' tokens. */
  secret: pulumi.Input<string>;
  /** Names of the tenants that events may be for. */
  tenants: readonly string[];
  /** Also take events of kind `workload` from a subscription, as the account `pubsub` (GKE's Workload Identity). */
  pubsub?: PubSub;
  /** Default: the image table's. */
  image?: string;
  /** Of controller, eventsources and sensors each. */
  resources?: Resources;
  /** Size of the bus' volumes. Default `2Gi`. */
  storage?: string;
}

const byDefault: Resources = { requests: { cpu: "20m", memory: "96Mi" }, limits: { cpu: "500m", memory: "256Mi" } };

/** Events come in at the webhook and wait on the bus; the Sensor of each kind makes AgentWorkloads of them. */
export class ArgoEvents extends pulumi.ComponentResource {
  readonly #name: string;
  readonly #args: ArgoEventsArgs;

  constructor(name: string, args: ArgoEventsArgs, options?: pulumi.ComponentResourceOptions) {
    const { replicas = 1, priorityClass, resources = byDefault, storage = "2Gi", tenants } = args;
    checkReplicas(replicas);
    if (tenants.length === 0) throw new Error("tenants: events need at least one tenant that they may be for");
    super("agentic:events:ArgoEvents", name, {}, options);
    this.#name = name;
    this.#args = args;
    const { definitions } = new EventDefinitions(`${name}-definitions`, {}, { parent: this });
    const { namespace, image } = args;
    const { deployment } = new EventController(
      `${name}-controller`,
      { namespace, image, resources, priorityClass },
      { parent: this, dependsOn: definitions },
    );
    const pods = (account: pulumi.Input<string>) => ({ account, resources, replicas, priorityClass });
    const bus = this.#object(
      "EventBus",
      busName,
      eventBus({ account: this.#account(eventParts.bus, false), replicas, storage, priorityClass }),
      [deployment],
    );
    // Pods exit where they find no bus, and a Sensor misses events that come before it has subscribed: hence this order.
    const busThere = this.#metrics(eventParts.bus, [bus]);
    const sensors = EVENT_KINDS.map((kind) => {
      const pubsub = args.pubsub !== undefined && kind === "workload";
      const account = this.#account(sensorAccount(kind), true);
      return this.#object("Sensor", kind, sensor(kind, pods(account), { tenants, pubsub }), [bus, busThere]);
    });
    const sensorsThere = this.#metrics(eventParts.sensor, sensors);
    const source = (sourceName: string, spec: object) =>
      this.#object("EventSource", sourceName, spec, [bus, sensorsThere]);
    const { secret } = args;
    source(eventParts.webhook, webhookSource(pods(this.#account(eventParts.webhook, false)), { secret, tenants }));
    // Workload Identity needs the account, not Kubernetes' own token for it.
    if (args.pubsub)
      source(eventParts.pubsub, pubsubSource(pods(this.#account(eventParts.pubsub, false)), args.pubsub));
    const budget = (part: string, count: number) =>
      disruptionBudget(`${name}-${part}`, { part, namespace, replicas: count }, { parent: this });
    budget(eventParts.bus, busReplicas(replicas));
    budget(eventParts.webhook, replicas);
    this.registerOutputs({});
  }

  /** An account of its own for each part; only those that make workloads get a token. */
  #account(accountName: string, token: boolean): pulumi.Output<string> {
    return new ServiceAccount(
      `${this.#name}-${accountName}`,
      {
        metadata: {
          name: accountName,
          namespace: this.#args.namespace,
          labels: labels(accountName),
          ...(token ? { annotations: { [ANNOTATIONS.token]: "a Sensor's template can't ask for it" } } : {}),
        },
        automountServiceAccountToken: token,
      },
      { parent: this },
    ).metadata.name;
  }

  /** A Service of a part's metrics. Pulumi waits for a pod behind it, which it can't for pods that a controller makes. */
  #metrics(part: string, dependsOn: pulumi.Resource[]): Service {
    const { namespace } = this.#args;
    return new Service(
      `${this.#name}-${part}-metrics`,
      {
        metadata: { name: `${part}-metrics`, namespace, labels: labels(part) },
        spec: { selector: selector(part), ports: [{ name: "metrics", port: metricsPort }] },
      },
      { parent: this, dependsOn },
    );
  }

  #object(kind: string, objectName: string, spec: object, dependsOn: pulumi.Resource[]): CustomResource {
    return new CustomResource(
      `${this.#name}-${kind.toLowerCase()}-${objectName}`,
      {
        apiVersion: ARGO.groupVersion,
        kind,
        metadata: { name: objectName, namespace: this.#args.namespace, labels: labels(objectName) },
        spec,
      },
      { parent: this, dependsOn },
    );
  }
}
