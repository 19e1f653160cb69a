// The admission webhooks of the policy controller: which requests the API server asks it about, and what it does without an
// answer.
//
// The controller completes them: it writes the kinds, the paths and the authority of its own certificate. What stands here
// are the fields that it leaves alone, or would set to the same.
import { INCLUDE_LABEL } from "@agentic/api/admission.ts";
import { MutatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1/mutatingWebhookConfiguration.js";
import { ValidatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1/validatingWebhookConfiguration.js";
import type * as pulumi from "@pulumi/pulumi";
import { labels } from "./labels.ts";

/** Names of the configurations, which upstream has as defaults. */
export const webhookNames = {
  /** Images of pods and of what makes pods: one that writes digests in the place of tags, one that decides. */
  images: "policy.sigstore.dev",
  /** Policies themselves. */
  policyDefaults: "defaulting.clusterimagepolicy.sigstore.dev",
  policies: "validating.clusterimagepolicy.sigstore.dev",
} as const;

/** The Secret that the controller keeps its own certificate in. */
export const certificateSecret = "webhook-certs";

export interface WebhooksArgs {
  /** Of the Service. */
  namespace: pulumi.Input<string>;
  serviceName: string;
  /** Whose webhooks they are; a label on them. */
  part: string;
  /** Seconds after which a request that got no answer is refused. */
  timeout: number;
}

const excluded = { key: "webhooks.knative.dev/exclude", operator: "DoesNotExist" };
const included = { key: INCLUDE_LABEL, operator: "In", values: ["true"] };

/** Registers the webhooks, each ready once the controller answers for it. */
export function policyWebhooks(
  name: string,
  { namespace, serviceName, part, timeout }: WebhooksArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = (objectName: string) => ({
    name: objectName,
    labels: labels(part),
    annotations: { "pulumi.com/waitFor": "jsonpath={.webhooks[0].clientConfig.caBundle}" },
  });
  const webhook = (objectName: string, matchExpressions: object[]) => ({
    name: objectName,
    admissionReviewVersions: ["v1"],
    clientConfig: { service: { name: serviceName, namespace } },
    // Fails closed: without an answer no image is admitted, signed or not.
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    sideEffects: "None",
    timeoutSeconds: timeout,
    namespaceSelector: { matchExpressions },
  });
  const { images, policyDefaults, policies } = webhookNames;
  // In the order in which the controller writes the list, so that there is no difference.
  const tenants = [excluded, included];
  return [
    new ValidatingWebhookConfiguration(
      `${name}-images`,
      { metadata: metadata(images), webhooks: [webhook(images, tenants)] } as never,
      options,
    ),
    new MutatingWebhookConfiguration(
      `${name}-images`,
      {
        metadata: metadata(images),
        webhooks: [{ ...webhook(images, tenants), reinvocationPolicy: "IfNeeded" }],
      } as never,
      options,
    ),
    new ValidatingWebhookConfiguration(
      `${name}-policies`,
      { metadata: metadata(policies), webhooks: [webhook(policies, [excluded])] } as never,
      options,
    ),
    new MutatingWebhookConfiguration(
      `${name}-policy-defaults`,
      { metadata: metadata(policyDefaults), webhooks: [webhook(policyDefaults, [excluded])] } as never,
      options,
    ),
  ];
}
