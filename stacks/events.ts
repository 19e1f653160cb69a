// The event engine, which turns events into AgentWorkloads: Argo Events, or the built-in receiver, behind the same webhook.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { ArgoEvents } from "../components/events/argo-events.ts";
import { EventNetwork } from "../components/events/network.ts";
import type { PubSub } from "../components/events/objects.ts";
import { eventAccounts } from "../components/events/parts.ts";
import { EventReceiver } from "../components/events/receiver.ts";
import { Webhook, webhookUrl } from "../components/events/webhook.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import type { TenantConfig } from "./config/tenants.ts";

export interface EventsArgs {
  namespaces: PlatformNamespaces;
  priorities: PriorityClasses;
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  /** A subscription whose messages are events too; for Argo Events only. */
  pubsub?: PubSub;
}

/** Registers what takes events, and returns where it does: nothing where the config switches events off. */
export function createEvents(
  config: Config,
  { namespaces, priorities, apiServerCidrs, pubsub }: EventsArgs,
  root: pulumi.ComponentResourceOptions,
): Record<string, string> {
  const { eventEngine: engine, images, tenants } = config;
  const { events } = config.components;
  if (!events.enabled) return {};
  const namespace = namespaces.get(NAMESPACES.argoEvents);
  new EventNetwork("events-network", { namespace, engine, apiServerCidrs, pubsub: pubsub !== undefined }, root);
  const taking = tenants.filter((tenant) => tenant.events !== "none");
  const names = taking.map(({ name }) => name);
  const { secret } = new Webhook("webhook", { namespace, tenants: names, rotation: config.rotation.events }, root);
  const args = { namespace, secret: secret.metadata.name, ...commonArgs(events, priorities, "platform") };
  const unsigned = taking.filter((tenant) => tenant.events === "token").map(({ name }) => name);
  if (engine === "builtin")
    new EventReceiver("event-receiver", { ...args, unsigned, image: events.image ?? images.eventReceiver ?? "" }, root);
  else new ArgoEvents("argo-events", { ...args, tenants: names, pubsub }, root);
  return { webhook: webhookUrl };
}

/** Accounts that a tenant lets create AgentWorkloads. */
export function eventAccountsOf(
  { components, eventEngine }: Config,
  { events }: Pick<TenantConfig, "events">,
): { name: string; namespace: string }[] {
  if (!components.events.enabled || events === "none") return [];
  return eventAccounts[eventEngine].map((name) => ({ name, namespace: NAMESPACES.argoEvents }));
}
