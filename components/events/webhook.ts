// The webhook's Service and its bearer token, the same for both event engines.
import { NAMESPACES } from "@agentic/api/names.ts";
import { WEBHOOK } from "@agentic/api/webhook.ts";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { labels, selector } from "../security/labels.ts";
import { eventParts } from "./parts.ts";

export interface WebhookArgs {
  namespace: pulumi.Input<string>;
}

/** URL of the webhook in the cluster, without a path. */
export const webhookUrl = `http://${WEBHOOK.service}.${NAMESPACES.argoEvents}:${WEBHOOK.port}`;

/** A Service in front of the pods that answer, and a Secret with a random token. */
export class Webhook extends pulumi.ComponentResource {
  /** What callers send as `Authorization: Bearer <token>`. */
  readonly token: pulumi.Output<string>;
  /** The Secret that holds it. */
  readonly secret: Secret;

  constructor(name: string, args: WebhookArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:events:Webhook", name, {}, options);
    const child = { parent: this };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: labels(eventParts.webhook),
    });
    this.token = new RandomPassword(`${name}-token`, { length: 48, special: false }, child).result;
    this.secret = new Secret(
      name,
      { metadata: metadata(WEBHOOK.secret.name), stringData: { [WEBHOOK.secret.key]: this.token } },
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
