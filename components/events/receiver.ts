// The built-in receiver: answers the webhook where Argo Events' images can't be had.
import { LOG_COLLECTOR_ENV, LOG_PROJECT_ENV } from "@agentic/api/log-format.ts";
import { NAMESPACES } from "@agentic/api/names.ts";
import { RECEIVER_ACCOUNT, WEBHOOK } from "@agentic/api/webhook.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { ownUid } from "../images.ts";
import { checkReplicas, disruptionBudget, placement, type Scheduling } from "../scheduling/placement.ts";
import { caFile, type Issuer, serviceCertificate, trust } from "../security/certificates.ts";
import { isOwnCollector } from "../security/flows.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, type Resources, secretVolume, tmpMount, tmpVolume } from "../security/pod.ts";
import { roleRef } from "../security/rbac.ts";
import { eventParts, metricsPort } from "./parts.ts";

export interface EventReceiverArgs extends Scheduling {
  namespace: pulumi.Input<string>;
  /** Full reference of the receiver's image. */
  image: string;
  /** Name of the Secret with the tenants' tokens. */
  secret: pulumi.Input<string>;
  /** Names of the tenants whose senders send the token itself. Default: all sign. */
  unsigned?: readonly string[];
  resources?: Resources;
  /** Whom it sends the spans of events to, and of how many percent of the workloads. Default: nobody. */
  tracing?: { url: string; percent: number };
  /** Google Cloud project whose Cloud Logging gets its log. Default: none, and lines have no fields for it. */
  logProject?: string;
  /** Base URL of the collector that takes its log, too. Default: it is printed alone. */
  logsUrl?: string;
  /** Who signs the platform's certificates, the collector's among them. */
  issuer?: Issuer;
}

const part = eventParts.webhook;
const tokens = `/etc/secrets/${WEBHOOK.secret}`;

/** What it remembers deliveries with. */
const rules = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "deletecollection"] },
];

/** Takes events and creates AgentWorkloads; what it keeps is in the cluster, so that any replica answers any event. */
export class EventReceiver extends pulumi.ComponentResource {
  constructor(name: string, args: EventReceiverArgs, options?: pulumi.ComponentResourceOptions) {
    const { replicas = 1, priorityClass } = args;
    checkReplicas(replicas);
    super("agentic:events:EventReceiver", name, {}, options);
    const child = { parent: this };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: labels(part),
    });
    const account = new ServiceAccount(
      name,
      { metadata: metadata(RECEIVER_ACCOUNT), automountServiceAccountToken: false },
      child,
    );
    const role = new Role(name, { metadata: metadata(RECEIVER_ACCOUNT), rules }, child);
    const binding = new RoleBinding(
      name,
      {
        metadata: metadata(RECEIVER_ACCOUNT),
        roleRef: roleRef("Role", role.metadata.name),
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: args.namespace }],
      },
      child,
    );
    const { tracing, issuer } = args;
    // Nobody calls it by TLS: the certificate's Secret is where its namespace has the authority.
    const place = { part, space: NAMESPACES.argoEvents, namespace: args.namespace, issuer };
    const authority = trust(isOwnCollector(tracing?.url) ? serviceCertificate(name, place, child) : undefined);
    new Deployment(
      name,
      {
        metadata: metadata("event-receiver"),
        spec: {
          replicas,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part) },
            spec: {
              ...hardenedPod({ uid: ownUid, account: account.metadata.name }),
              ...placement(part, { replicas, priorityClass }),
              containers: [container(args, authority)],
              volumes: [tmpVolume("64Mi"), secretVolume("token", args.secret), ...authority.volumes],
            },
          },
        },
      },
      { parent: this, dependsOn: [binding] },
    );
    disruptionBudget(name, { part, namespace: args.namespace, replicas }, child);
    this.registerOutputs({});
  }
}

function container(
  { image, resources, tracing, logProject, logsUrl, unsigned = [] }: EventReceiverArgs,
  authority: ReturnType<typeof trust>,
) {
  return hardenedContainer({
    name: "receiver",
    image,
    command: ["node", "/app/embedded/receiver/main.mjs"],
    env: [
      { name: "UNSIGNED_TENANTS", value: unsigned.join(",") },
      ...(logProject ? [{ name: LOG_PROJECT_ENV, value: logProject }] : []),
      ...(logsUrl ? [{ name: LOG_COLLECTOR_ENV, value: logsUrl }] : []),
      ...(tracing
        ? [
            { name: "OTLP_URL", value: tracing.url },
            { name: "TRACES_PERCENT", value: String(tracing.percent) },
          ]
        : []),
      ...(authority.volumes.length > 0 ? [{ name: "OTLP_CA_FILE", value: caFile }] : []),
    ],
    ports: [
      { name: "http", containerPort: WEBHOOK.port },
      { name: "metrics", containerPort: metricsPort },
    ],
    resources: resources ?? { requests: { cpu: "20m", memory: "96Mi" }, limits: { cpu: "500m", memory: "192Mi" } },
    startupProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { httpGet: { path: "/readyz", port: "metrics" }, periodSeconds: 2, failureThreshold: 1 },
    livenessProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 15, failureThreshold: 4 },
    volumeMounts: [tmpMount, { name: "token", mountPath: tokens, readOnly: true }, ...authority.volumeMounts],
  });
}
