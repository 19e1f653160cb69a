// The webhook's Service and the tenants' tokens for it, the same for both event engines.
import { NAMESPACES } from "@agentic/api/names.ts";
import { previousToken, TOKEN_PREFIX, WEBHOOK } from "@agentic/api/webhook.ts";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { mapCredential, randomCredential } from "../security/credential.ts";
import type { Rotation } from "../security/generation.ts";
import { labels, selector } from "../security/labels.ts";
import { eventParts } from "./parts.ts";

export interface WebhookArgs {
  namespace: pulumi.Input<string>;
  /** Names of the tenants that take events. */
  tenants: readonly string[];
  /** Generation of the tokens. Default: the first. */
  rotation?: Rotation;
}

/** URL of the webhook in the cluster, without a path. */
export const webhookUrl = `http://${WEBHOOK.service}.${NAMESPACES.argoEvents}:${WEBHOOK.port}`;

/** A Service in front of the pods that answer, and a Secret with a random token for each tenant. */
export class Webhook extends pulumi.ComponentResource {
  /** The Secret that holds them, each under its tenant's name, and beside it the one before for as long as that is good. */
  readonly secret: Secret;

  constructor(name: string, args: WebhookArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:events:Webhook", name, {}, options);
    const child = { parent: this };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: labels(eventParts.webhook),
    });
    const tokens = args.tenants.flatMap((tenant) => {
      const key = randomCredential(`${name}-token-${tenant}`, { length: 48, rotation: args.rotation }, child);
      const { current, previous } = mapCredential(key, (value) =>
        value.apply((text) => `${TOKEN_PREFIX}${Buffer.from(text).toString("base64")}`),
      );
      return [[tenant, current.value], ...(previous ? [[previousToken(tenant), previous.value]] : [])];
    });
    this.secret = new Secret(
      name,
      { metadata: metadata(WEBHOOK.secret), stringData: Object.fromEntries(tokens) },
      child,
    );
    new Service(
      name,
      {
        metadata: metadata(WEBHOOK.service),
        spec: {
          selector: selector(eventParts.webhook),
          ports: [{ name: "http", port: WEBHOOK.port, targetPort: WEBHOOK.port }],
        },
      },
      child,
    );
    this.registerOutputs({});
  }
}
