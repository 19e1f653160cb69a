// What takes events and makes AgentWorkloads of them: Argo Events, or the built-in receiver, behind the same webhook.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { EventNetwork } from "../components/events/network.ts";
import { eventAccounts } from "../components/events/parts.ts";
import { EventReceiver } from "../components/events/receiver.ts";
import { Webhook, webhookUrl } from "../components/events/webhook.ts";
import type { Config } from "./config.ts";

export interface EventsArgs {
  namespaces: PlatformNamespaces;
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
}

/** Registers what takes events, and returns where it does: nothing where the config switches events off. */
export function createEvents(
  config: Config,
  { namespaces, apiServerCidrs }: EventsArgs,
  root: pulumi.ComponentResourceOptions,
): Record<string, string> {
  const { enabled, image, replicas, resources } = config.components.events;
  if (!enabled) return {};
  const namespace = namespaces.get(NAMESPACES.argoEvents);
  const engine = config.eventEngine;
  new EventNetwork("events-network", { namespace, engine, apiServerCidrs, pubsub: false }, root);
  const { secret } = new Webhook("webhook", { namespace }, root);
  if (engine === "builtin")
    new EventReceiver(
      "event-receiver",
      {
        namespace,
        image: image ?? config.images.eventReceiver ?? "",
        secret: secret.metadata.name,
        replicas,
        resources,
      },
      root,
    );
  return { webhook: webhookUrl };
}

/** Accounts that each tenant lets create AgentWorkloads. */
export function eventAccountsOf({ components, eventEngine }: Config): { name: string; namespace: string }[] {
  if (!components.events.enabled) return [];
  return eventAccounts[eventEngine].map((name) => ({ name, namespace: NAMESPACES.argoEvents }));
}
