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
import type { Issuer } from "../components/security/certificates.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import type { TenantConfig } from "./config/tenants.ts";
import { collectorOf, logProjectOf, logsUrlOf } from "./telemetry.ts";

export interface EventsArgs {
  namespaces: PlatformNamespaces;
  priorities: PriorityClasses;
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  /** A subscription whose messages are events too; for Argo Events only. */
  pubsub?: PubSub;
  /** Signs the platform's certificates. */
  issuer?: Issuer;
}

/** Registers what takes events, and returns where it does: nothing where the config switches events off. */
export function createEvents(
  config: Config,
  { namespaces, priorities, apiServerCidrs, pubsub, issuer }: EventsArgs,
  root: pulumi.ComponentResourceOptions,
): Record<string, string> {
  const { eventEngine: engine, images, tenants } = config;
  const { events } = config.components;
  if (!events.enabled) return {};
  const namespace = namespaces.get(NAMESPACES.argoEvents);
  const collector = collectorOf(config);
  new EventNetwork(
    "events-network",
    { namespace, engine, apiServerCidrs, pubsub: pubsub !== undefined, collector },
    root,
  );
  const taking = tenants.filter((tenant) => tenant.events !== "none");
  const names = taking.map(({ name }) => name);
  const { secret } = new Webhook("webhook", { namespace, tenants: names, rotation: config.rotation.events }, root);
  const args = { namespace, secret: secret.metadata.name, ...commonArgs(events, priorities, "platform") };
  const unsigned = taking.filter((tenant) => tenant.events === "token").map(({ name }) => name);
  const logProject = logProjectOf(config);
  const tracing = collector && { url: collector.url, percent: config.telemetry.tracesPercent };
  if (engine === "builtin")
    new EventReceiver(
      "event-receiver",
      {
        ...args,
        unsigned,
        image: events.image ?? images.eventReceiver ?? "",
        tracing,
        logProject,
        logsUrl: logsUrlOf(config),
        issuer,
      },
      root,
    );
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
