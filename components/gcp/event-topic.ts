// Pub/Sub as a trigger: publishers start workloads, and messages that can't be delivered go to a dead-letter topic.
import { Subscription } from "@pulumi/gcp/pubsub/subscription.js";
import { SubscriptionIAMMember } from "@pulumi/gcp/pubsub/subscriptionIAMMember.js";
import { Topic } from "@pulumi/gcp/pubsub/topic.js";
import { TopicIAMMember } from "@pulumi/gcp/pubsub/topicIAMMember.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";
import { type KubernetesAccount, principal } from "./workload-identity.ts";

export interface EventTopicArgs extends GcpScope {
  /** Account of the event source, which pulls. */
  subscriber: KubernetesAccount;
  /** Who may publish, as members of IAM such as `serviceAccount:app@acme.iam.gserviceaccount.com`. Default nobody. */
  publishers?: readonly string[];
  /** Key that encrypts messages; absent: Google's own. */
  kmsKey?: string;
  /** Deliveries before a message goes to the dead letters, 5 to 100. Default 5. */
  maxAttempts?: number;
  /** Days that messages are kept until they are taken, 1 to 31. Default 7. */
  retentionDays?: number;
}

/** Everybody: as a publisher it would let strangers start workloads. */
const everybody = ["allUsers", "allAuthenticatedUsers"];

/** A topic, its subscription, and the same for its dead letters. */
export class EventTopic extends pulumi.ComponentResource {
  /** Names within the project, known at preview; an Argo Events source takes both. */
  readonly topic: string;
  readonly subscription: string;
  readonly deadLetterSubscription: string;

  constructor(name: string, args: EventTopicArgs, options?: pulumi.ComponentResourceOptions) {
    const { maxAttempts = 5, retentionDays = 7, publishers = [] } = args;
    checkScope(args);
    checkWholeNumbers({ maxAttempts }, { from: 5, to: 100 });
    checkWholeNumbers({ retentionDays }, { from: 1, to: 31 });
    const open = publishers.find((member) => everybody.includes(member));
    if (open) throw new Error(`publishers: ${open} would let anybody start workloads: name who may`);
    const subscriber = principal(args, args.subscriber);
    super("agentic:gcp:EventTopic", name, {}, options);
    const child = { parent: this };
    const { project, projectNumber } = args;
    const labels = gcpLabels(args);
    this.topic = `${args.name}-workloads`;
    this.subscription = `${args.name}-workloads`;
    this.deadLetterSubscription = `${args.name}-workloads-dead`;
    const topic = (part: string, topicName: string) =>
      new Topic(
        `${name}-${part}`,
        {
          project,
          name: topicName,
          ...(args.kmsKey ? { kmsKeyName: args.kmsKey } : {}),
          messageRetentionDuration: `${retentionDays * 86_400}s`,
          messageStoragePolicy: { allowedPersistenceRegions: [args.region], enforceInTransit: true },
          labels,
        },
        child,
      );
    const subscription = (part: string, subscriptionName: string, of: Topic, more: object) =>
      new Subscription(
        `${name}-${part}`,
        {
          project,
          name: subscriptionName,
          topic: of.id,
          messageRetentionDuration: `${retentionDays * 86_400}s`,
          // The subscription doesn't expire when it is idle.
          expirationPolicy: { ttl: "" },
          labels,
          ...more,
        },
        child,
      );
    const dead = topic("dead", this.deadLetterSubscription);
    const events = topic("events", this.topic);
    const taken = subscription("events", this.subscription, events, {
      ackDeadlineSeconds: 60,
      enableExactlyOnceDelivery: true,
      retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
      deadLetterPolicy: { deadLetterTopic: dead.id, maxDeliveryAttempts: maxAttempts },
    });
    subscription("dead", this.deadLetterSubscription, dead, { ackDeadlineSeconds: 60 });
    // Pub/Sub itself moves a message: it publishes there and acknowledges here.
    const agent = `serviceAccount:service-${projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`;
    const onTopic = (part: string, of: Topic, member: string) =>
      new TopicIAMMember(`${name}-${part}`, { project, topic: of.name, role: "roles/pubsub.publisher", member }, child);
    const onSubscription = (part: string, member: string) =>
      new SubscriptionIAMMember(
        `${name}-${part}`,
        { project, subscription: taken.name, role: "roles/pubsub.subscriber", member },
        child,
      );
    onTopic("move-to-dead", dead, agent);
    onSubscription("move-from-events", agent);
    onSubscription("source", subscriber);
    for (const [i, member] of publishers.entries()) onTopic(`publisher-${i}`, events, member);
    this.registerOutputs({ topic: this.topic, subscription: this.subscription });
  }
}
