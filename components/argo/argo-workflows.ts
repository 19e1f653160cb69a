// Argo Workflows: controller and server, under whose configuration pods pass Pod Security restricted.
import { NAMESPACES } from "@agentic/api/names.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type { core } from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { checkWholeNumbers } from "../numbers.ts";
import { checkReplicas, disruptionBudget, placement, type Scheduling } from "../scheduling/placement.ts";
import {
  caFile,
  type Issuer,
  type ServerTls,
  serverTls,
  serviceCertificate,
  tlsSecret,
  trust,
} from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, type Resources, tmpMount, tmpVolume } from "../security/pod.ts";
import { type ControllerSettingsArgs, controllerSettings } from "./controller-settings.ts";
import { argoAccount, controllerRules, serverRules } from "./rights.ts";

export interface ArgoWorkflowsArgs extends ControllerSettingsArgs {
  namespace: pulumi.Input<string>;
  /** The controller's rights in the whole cluster besides what it watches. Default none: each tenant grants it rights in its namespace. */
  rightsEverywhere?: readonly object[];
  /** Workflows at once in the whole cluster. Default 100. */
  parallelism?: number;
  /** Workflows at once in one namespace. Default 50. */
  namespaceParallelism?: number;
  /** Days that finished workflows stay in the archive. Default 30. */
  archiveDays?: number;
  /** Resources of the controller and of the server, the same for both. */
  resources?: Resources;
  /** Pods of the controller and of the server, the same number of both: one controller leads, the others stand by. Default 1. */
  replicas?: number;
  /** Names of the PriorityClasses of controller and server. */
  priorityClasses?: { controller: pulumi.Input<string>; server: pulumi.Input<string> };
  /** Full references. Default: the image table's. */
  images?: { controller?: string; executor?: string; server?: string };
  /** Issuer of the server's certificate; without one the server speaks plain HTTP. */
  issuer?: Issuer;
}

/** Name of the controller and of its account. */
export const controller = "workflow-controller";
const server = "argo-server";

/** Label values of the pods, and names of their accounts. */
export const argoServerPart = server;
export const argoControllerPart = controller;

const serverTlsSecret = tlsSecret(server);

/** URL of Argo's user interface and API in the cluster. */
export function argoServerUrl(hasCertificate: boolean): string {
  const scheme = hasCertificate ? "https" : "http";
  return `${scheme}://${server}.${NAMESPACES.argoWorkflows}:${images.argoServer.ports.web}`;
}

const uid = images.argoController.uid;

const defaultResources: Resources = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};

/** The differences between the Deployments of controller and server. */
interface DeploymentArgs {
  namespace: pulumi.Input<string>;
  /** Annotations of the pods. */
  annotations: Record<string, pulumi.Input<string>>;
  scheduling: Scheduling;
  /** The container without the fields that both Deployments share. */
  container: Omit<core.v1.Container, "name" | "volumeMounts">;
  /** Volume with the authority that both trust. */
  authority: ReturnType<typeof trust>;
}

type Environment = readonly { name: string; value: string }[];

/** One active controller, and the server behind a Service. */
export class ArgoWorkflows extends pulumi.ComponentResource {
  constructor(name: string, args: ArgoWorkflowsArgs, options?: pulumi.ComponentResourceOptions) {
    const { parallelism = 100, namespaceParallelism = 50, archiveDays = 30 } = args;
    checkWholeNumbers({ parallelism, namespaceParallelism, archiveDays }, { from: 1 });
    checkReplicas(args.replicas ?? 1);
    super("agentic:argo:ArgoWorkflows", name, {}, options);
    const child = { parent: this };
    const { namespace, archive } = args;
    const tlsCertificate = serviceCertificate(name, { ...args, part: server, space: NAMESPACES.argoWorkflows }, child);
    const tls = serverTls(tlsCertificate);
    const authority = trust(tlsCertificate);
    // Both connect to the archive's database, and Argo's configuration has no field for the authority that they trust.
    const trustedAuthority = tlsCertificate ? [{ name: "PGSSLROOTCERT", value: caFile }] : [];
    const database = new Secret(
      `${name}-archive`,
      {
        metadata: { name: "argo-archive", namespace, labels: labels(controller) },
        stringData: { username: archive.user, password: archive.password },
      },
      child,
    );
    const settings = controllerSettings(
      args,
      { parallelism, namespaceParallelism, archiveDays },
      database.metadata.name,
    );
    const config = new ConfigMap(
      `${name}-config`,
      { metadata: { name: `${controller}-configmap`, namespace, labels: labels(controller) }, data: settings },
      child,
    );
    this.#rights(name, namespace, {
      database: database.metadata.name,
      hasCertificate: tlsCertificate !== undefined,
      rightsEverywhere: args.rightsEverywhere ?? [],
    });
    // Both read the archive's password as they start.
    const annotations = checksum([settings, archive.user, archive.password]);
    const { replicas = 1, priorityClasses } = args;
    const configName = config.metadata.name;
    this.#deployment(name, controller, {
      namespace,
      annotations,
      authority,
      scheduling: { replicas, priorityClass: priorityClasses?.controller },
      container: controllerContainer(args, configName, trustedAuthority),
    });
    this.#deployment(name, server, {
      namespace,
      annotations,
      authority,
      scheduling: { replicas, priorityClass: priorityClasses?.server },
      container: serverContainer(args, configName, { tls, env: trustedAuthority }),
    });
    new Service(
      `${name}-${server}`,
      {
        metadata: { name: server, namespace, labels: labels(server) },
        spec: { selector: selector(server), ports: [{ name: "web", port: images.argoServer.ports.web }] },
      },
      child,
    );
    this.registerOutputs({});
  }

  #rights(
    name: string,
    namespace: pulumi.Input<string>,
    {
      database,
      hasCertificate,
      rightsEverywhere,
    }: { database: pulumi.Input<string>; hasCertificate: boolean; rightsEverywhere: readonly object[] },
  ): void {
    const rights = (part: string, rules: object[], own: object[]) =>
      argoAccount(name, { part, namespace, rules, own }, { parent: this });
    const lease = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] };
    const ownSecret = (secretName: pulumi.Input<string>) => ({
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: [secretName],
      verbs: ["get"],
    });
    rights(controller, [...controllerRules, ...rightsEverywhere], [lease, ownSecret(database)]);
    rights(server, serverRules, [
      ownSecret(database),
      ownSecret("sso"),
      ...(hasCertificate ? [ownSecret(serverTlsSecret)] : []),
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
    ]);
  }

  #deployment(name: string, part: string, args: DeploymentArgs): void {
    const { namespace, annotations, scheduling, container, authority } = args;
    new Deployment(
      `${name}-${part}`,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: {
          replicas: scheduling.replicas,
          strategy: scheduling.replicas === 1 ? { type: "Recreate" } : { type: "RollingUpdate" },
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations },
            spec: {
              ...placement(part, scheduling),
              ...hardenedPod({ uid, account: part }),
              containers: [
                hardenedContainer({
                  name: part,
                  volumeMounts: [tmpMount, ...authority.volumeMounts],
                  ...container,
                }),
              ],
              volumes: [tmpVolume("256Mi"), ...authority.volumes],
            },
          },
        },
      },
      { parent: this },
    );
    disruptionBudget(`${name}-${part}`, { part, namespace, ...scheduling }, { parent: this });
  }
}

/** The controller's container; `config` is the name of its ConfigMap. */
function controllerContainer(args: ArgoWorkflowsArgs, config: pulumi.Input<string>, env: Environment) {
  return {
    image: args.images?.controller ?? images.argoController.ref,
    command: ["workflow-controller"],
    args: [
      "--configmap",
      config,
      "--executor-image",
      args.images?.executor ?? images.argoExecutor.ref,
      "--executor-image-pull-policy",
      "IfNotPresent",
      "--log-format",
      "json",
    ],
    env: [
      { name: "ARGO_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      ...((args.replicas ?? 1) > 1
        ? [{ name: "LEADER_ELECTION_IDENTITY", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }]
        : // One replica that is replaced, not doubled: a lease would only add a gap of 16 s to each roll-out.
          [{ name: "LEADER_ELECTION_DISABLE", value: "true" }]),
      // A workflow is reconciled this long after one of its pods ends; the default of 10 s triples a short workflow's time.
      { name: "DEFAULT_REQUEUE_TIME", value: "1s" },
      ...env,
    ],
    ports: [
      { name: "metrics", containerPort: images.argoController.ports.metrics },
      { name: "health", containerPort: images.argoController.ports.health },
    ],
    resources: args.resources ?? defaultResources,
    startupProbe: { httpGet: { path: "/healthz", port: "health" }, periodSeconds: 1, failureThreshold: 120 },
    livenessProbe: { httpGet: { path: "/healthz", port: "health" }, periodSeconds: 30, failureThreshold: 3 },
    readinessProbe: { httpGet: { path: "/healthz", port: "health" }, periodSeconds: 5 },
  };
}

/** The server's container; `config` is the name of its ConfigMap. */
function serverContainer(
  args: ArgoWorkflowsArgs,
  config: pulumi.Input<string>,
  { tls, env }: { tls: ServerTls; env: Environment },
) {
  const { web } = images.argoServer.ports;
  return {
    image: args.images?.server ?? images.argoServer.ref,
    command: ["argo"],
    args: [
      ...["server", "--configmap", config, "--auth-mode", "client", "--log-format", "json"],
      ...(tls.scheme === "https"
        ? ["--secure=true", "--tls-certificate-secret-name", serverTlsSecret]
        : ["--secure=false"]),
    ],
    env: [{ name: "ARGO_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }, ...env],
    ports: [{ name: "web", containerPort: web }],
    resources: args.resources ?? defaultResources,
    startupProbe: { tcpSocket: { port: "web" }, periodSeconds: 1, failureThreshold: 120 },
    // A connection without a request would be an error in its log each time.
    livenessProbe: { httpGet: { path: "/", port: "web", ...tls.probe }, periodSeconds: 30, failureThreshold: 3 },
    readinessProbe: { httpGet: { path: "/", port: "web", ...tls.probe }, periodSeconds: 5 },
  };
}
