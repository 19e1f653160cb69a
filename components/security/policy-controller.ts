// Sigstore's policy controller: in the namespaces that ask for it, only images run that a policy admits.
import { NAMESPACES } from "@agentic/api/names.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { checkWholeNumbers } from "../numbers.ts";
import { checkReplicas, disruptionBudget, placement } from "../scheduling/placement.ts";
import { caFile, certificate, type Issuer, trust } from "./certificates.ts";
import { labels, selector } from "./labels.ts";
import { hardenedContainer, hardenedPod, type Resources } from "./pod.ts";
import { policyDefinitions } from "./policy-controller-definitions.ts";
import { PolicyControllerNetwork, type PolicyControllerPeers } from "./policy-controller-network.ts";
import { policyControllerRights } from "./policy-controller-rights.ts";
import { type NoMatch, policyControllerSettings } from "./policy-controller-settings.ts";
import { certificateSecret, policyWebhooks } from "./policy-controller-webhooks.ts";

export interface PolicyControllerArgs extends PolicyControllerPeers {
  /** Whether it does without Sigstore's roots of trust, which come from the internet: then only keys count. Default false. */
  disableTuf?: boolean;
  /** What becomes of an image that no policy is about. Default `deny`. */
  noMatch?: NoMatch;
  /** Seconds after which a request that got no answer is refused, 1 to 30. Default 10. */
  timeout?: number;
  /** Who signed the certificates of the registries in the cluster. */
  issuer?: Issuer;
  /** Pods. Default 1; with one, nothing starts in a tenant while it is replaced. */
  replicas?: number;
  /** Name of their PriorityClass. */
  priorityClass?: pulumi.Input<string>;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
}

/** Name of its Deployment, and its pods' label. */
export const policyControllerPart = "policy-controller";

const part = policyControllerPart;
/** The controller has this name built in: its certificate is for no other. */
const serviceName = "webhook";
const { webhook: port, metrics } = images.policyController.ports;
const home = "/var/run/sigstore";

/** The webhook with its kinds, rights and certificate. Policies and what they are to admit depend on `ready`. */
export class PolicyController extends pulumi.ComponentResource {
  /** Resources that exist once the webhook answers, and are deleted before the controller is. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: PolicyControllerArgs, options?: pulumi.ComponentResourceOptions) {
    const { namespace, replicas = 1, noMatch = "deny", timeout = 10 } = args;
    checkReplicas(replicas);
    checkWholeNumbers({ timeout }, { from: 1, to: 30 });
    if (args.internet === false && !args.disableTuf)
      throw new Error("disableTuf: without the internet there are no roots of trust to fetch: set it, or internet");
    super("agentic:security:PolicyController", name, {}, options);
    const child = { parent: this };
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const definitions = policyDefinitions(name, child);
    const { account, bindings } = policyControllerRights(name, { namespace, part }, child);
    const settings = policyControllerSettings(name, { namespace, part, noMatch }, child);
    // The controller writes its certificate into it and renews it.
    const certificates = new Secret(`${name}-certs`, { metadata: metadata(certificateSecret) }, child);
    const service = new Service(
      name,
      {
        metadata: metadata(serviceName),
        spec: { selector: selector(part), ports: [{ name: "webhook", port: 443, targetPort: "webhook" }] },
      },
      child,
    );
    // Its Secret brings the authority into this namespace: registries in the cluster have theirs from the same one.
    const authority =
      args.issuer &&
      certificate(`${name}-ca`, { secret: "policy-controller-ca", namespace, issuer: args.issuer, part }, child);
    const network = new PolicyControllerNetwork(`${name}-network`, { ...args, part, port }, child);
    const deployment = new Deployment(
      name,
      {
        metadata: metadata(part),
        spec: {
          replicas,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part) },
            spec: {
              ...placement(part, args),
              // After SIGTERM the controller answers for 45 s more, with its client library busy; requests stop long before.
              ...hardenedPod({
                uid: images.policyController.uid,
                account: account.metadata.name,
                gracePeriodSeconds: 5,
              }),
              containers: [container(args, trust(authority).volumeMounts)],
              volumes: [{ name: "home", emptyDir: { sizeLimit: "64Mi" } }, ...trust(authority).volumes],
            },
          },
        },
      },
      { parent: this, dependsOn: [...definitions, ...bindings, ...settings, certificates, network] },
    );
    disruptionBudget(name, { part, namespace, replicas }, child);
    this.ready = policyWebhooks(
      name,
      { namespace, serviceName, part, timeout },
      { parent: this, dependsOn: [deployment, service] },
    );
    this.registerOutputs({});
  }
}

function container(args: PolicyControllerArgs, trusted: object[]) {
  const probe = {
    path: "/",
    port: "webhook",
    scheme: "HTTPS",
    httpHeaders: [{ name: "k-kubelet-probe", value: part }],
  };
  const environment = {
    SYSTEM_NAMESPACE: NAMESPACES.cosign,
    CONFIG_LOGGING_NAME: "config-logging",
    CONFIG_OBSERVABILITY_NAME: "config-observability",
    METRICS_DOMAIN: "sigstore.dev/policy",
    WEBHOOK_NAME: serviceName,
    HOME: home,
    // In addition to the system's authorities, not instead of them.
    ...(trusted.length > 0 ? { SSL_CERT_FILE: caFile } : {}),
  };
  return hardenedContainer({
    name: part,
    image: args.image ?? images.policyController.ref,
    args: args.disableTuf ? ["--disable-tuf"] : [],
    env: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
    ports: [
      { name: "webhook", containerPort: port },
      { name: "metrics", containerPort: metrics },
    ],
    resources: args.resources ?? { requests: { cpu: "40m", memory: "192Mi" }, limits: { cpu: "1", memory: "512Mi" } },
    startupProbe: { httpGet: probe, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { httpGet: probe, periodSeconds: 2 },
    livenessProbe: { httpGet: probe, periodSeconds: 15, failureThreshold: 4 },
    volumeMounts: [{ name: "home", mountPath: home }, ...trusted] as { name: string; mountPath: string }[],
  });
}
