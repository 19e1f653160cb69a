// The console: pages and an API for people, who act in it with their own rights; its own account only lists and watches.
import { CONSOLE_NAME, CONSOLE_PORT } from "@agentic/api/console.ts";
import { LOG_COLLECTOR_ENV, LOG_PROJECT_ENV } from "@agentic/api/log-format.ts";
import { AGENT_WORKLOAD, API_GROUP, ARGO, NAMESPACES } from "@agentic/api/names.ts";
import type { PolicyRule } from "@agentic/api/rbac.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { ownUid } from "../images.ts";
import { serverEnvironment, serverFlags } from "../node-flags.ts";
import { checkReplicas, disruptionBudget, placement, type Scheduling } from "../scheduling/placement.ts";
import { caFile, type Issuer, serverTls, serviceCertificate, tlsFolder, trust } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, type Resources, secretVolume, tmpMount, tmpVolume } from "../security/pod.ts";
import { clusterAccount } from "../security/rbac.ts";
import { type ConsoleFlows, consoleNetwork } from "./network.ts";

/** Who signs people in by OpenID Connect. The API server must take the issuer's tokens, too: they are what people act with. */
export interface ConsoleOidc {
  issuer: string;
  clientId: string;
  /** Absent: the console is a public client, which PKCE alone guards. */
  clientSecret?: pulumi.Input<string>;
  /** What the button says. Default: the issuer's host. */
  name?: string;
  /** Default `openid email profile`. */
  scopes?: string;
  /** The authorities, as PEM, of which one must have signed the issuer's certificate. Default: the public ones. */
  ca?: string;
  /** Where the issuer is, if not on the internet. */
  cidrs?: readonly string[];
}

export interface ConsoleArgs extends Scheduling, Omit<ConsoleFlows, "collector"> {
  namespace: pulumi.Input<string>;
  /** Full reference of the console's image. */
  image: string;
  resources?: Resources;
  /** Address of its Service. Default: one that the cluster chooses. */
  address?: string;
  /** Where browsers find it. Default: what they say; `oidc` needs it. */
  publicUrl?: string;
  oidc?: ConsoleOidc;
  /** Seals sessions: with another one, everybody signs in again. */
  sessionKey: pulumi.Input<string>;
  /** Minutes after which an unused session ends. Default 60. */
  sessionMinutes?: number;
  /** Where artifacts are: with keys by S3, without them by the pod's own identity. Absent: they can't be shown. */
  store?: { url: string; keys?: { accessKey: string; secretKey: pulumi.Input<string> } };
  /** Namespaces of the tenants: a visitor sees those, too, that have no workloads yet. */
  tenants: readonly string[];
  /** Whether `make console` signs in here, which the page then tells. Default false. */
  demo?: boolean;
  /** Version of the platform, for the page's foot. */
  version: string;
  /** The least severe level that it logs. Default info. */
  logLevel?: "trace" | "debug" | "info" | "warn" | "error";
  /** Google Cloud project whose Cloud Logging gets its log. Default: none, and lines have no fields for it. */
  logProject?: string;
  /** Who takes its log, too. Default: it is printed alone. */
  logs?: ConsoleFlows["collector"];
  /** Signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
}

const part = CONSOLE_NAME;

/** Port of its probes and its metrics. */
export const consoleChecksPort = 8080;

/** What it reads with its own account: what all visitors' lists are made of. The rest each of them reads with their own rights. */
export const CONSOLE_RULES: PolicyRule[] = [
  { apiGroups: [API_GROUP], resources: [AGENT_WORKLOAD.plural], verbs: ["list", "watch"] },
  { apiGroups: [ARGO.group], resources: ["workflows"], verbs: ["list", "watch"] },
];

const defaultResources: Resources = {
  requests: { cpu: "20m", memory: "96Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
};

const sessionMount = { name: "session", mountPath: "/etc/secrets/session", readOnly: true };
const oidcMount = { name: "oidc", mountPath: "/etc/secrets/oidc", readOnly: true };
const authorityMount = { name: "oidc-authority", mountPath: "/etc/oidc-authority", readOnly: true };
const storeMount = { name: "store", mountPath: "/etc/secrets/store", readOnly: true };

/** A Deployment behind one Service. Sessions are in sealed cookies, so that any pod takes up any session. */
export class Console extends pulumi.ComponentResource {
  /** URL in the cluster. */
  readonly url: string;

  constructor(name: string, args: ConsoleArgs, options?: pulumi.ComponentResourceOptions) {
    const { namespace, replicas = 1, issuer } = args;
    checkReplicas(replicas);
    if (args.oidc && args.publicUrl === undefined)
      throw new Error("publicUrl: is missing: oidc leads people back to the console by it");
    super("agentic:console:Console", name, {}, options);
    const child = { parent: this };
    const metadata = { name: part, namespace, labels: labels(part) };
    const place = { part, space: NAMESPACES.system, namespace, issuer, onLoopback: true };
    const issued = serviceCertificate(name, place, child);
    const tls = serverTls(issued);
    const authority = trust(args.store?.url.startsWith("https:") ? issued : undefined);
    this.url = `${tls.scheme}://${part}.${NAMESPACES.system}:${CONSOLE_PORT}`;
    const account = clusterAccount(name, { metadata, role: part, rules: CONSOLE_RULES }, child);
    const { files, mounts, volumes } = this.#files(name, args);
    consoleNetwork(name, { ...args, collector: args.logs }, child);
    new Service(
      name,
      {
        metadata,
        spec: {
          selector: selector(part),
          // As Gateways of GKE have it, which speak to it by TLS then.
          ports: [{ name: "web", port: CONSOLE_PORT, targetPort: "web", appProtocol: tls.scheme.toUpperCase() }],
          // A one-time code is known to the pod that has made it.
          ...(replicas > 1 ? { sessionAffinity: "ClientIP" } : {}),
          ...(args.address === undefined ? {} : { clusterIP: args.address }),
        },
      },
      child,
    );
    const container = this.#container(args, tls);
    new Deployment(
      name,
      {
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum(files) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: ownUid, account: account.metadata.name }),
              containers: [
                hardenedContainer({
                  ...container,
                  env: [
                    ...container.env,
                    ...(authority.volumes.length > 0 ? [{ name: "NODE_EXTRA_CA_CERTS", value: caFile }] : []),
                  ],
                  volumeMounts: [tmpMount, ...mounts, ...tls.volumeMounts, ...authority.volumeMounts],
                }),
              ],
              volumes: [tmpVolume("64Mi"), ...volumes, ...tls.volumes, ...authority.volumes],
            },
          },
        },
      },
      child,
    );
    disruptionBudget(name, { part, namespace, replicas }, child);
    this.registerOutputs({ url: this.url });
  }

  /** The Secrets that it reads, one for each purpose, what isn't secret, and how its pods have them. */
  #files(name: string, { namespace, sessionKey, oidc, store }: ConsoleArgs) {
    const secrets: { mount: typeof sessionMount; files: Record<string, pulumi.Input<string>> }[] = [
      { mount: sessionMount, files: { key: sessionKey } },
      ...(oidc?.clientSecret ? [{ mount: oidcMount, files: { "client-secret": oidc.clientSecret } }] : []),
      ...(store?.keys
        ? [{ mount: storeMount, files: { "access-key": store.keys.accessKey, "secret-key": store.keys.secretKey } }]
        : []),
    ];
    const volumes = secrets.map(({ mount, files }) => {
      const secret = new Secret(
        `${name}-${mount.name}`,
        { metadata: { name: `console-${mount.name}`, namespace, labels: labels(part) }, stringData: files },
        { parent: this },
      );
      return secretVolume(mount.name, secret.metadata.name);
    });
    const contents = secrets.map(({ files }) => files);
    const mounts = secrets.map(({ mount }) => mount);
    if (oidc?.ca === undefined) return { files: contents, mounts, volumes };
    const data = { "ca.crt": oidc.ca };
    const metadata = { name: "console-oidc-authority", namespace, labels: labels(part) };
    const authority = new ConfigMap(`${name}-oidc-authority`, { metadata, data }, { parent: this });
    return {
      files: [...contents, data],
      mounts: [...mounts, authorityMount],
      volumes: [...volumes, { name: authorityMount.name, configMap: { name: authority.metadata.name } }],
    };
  }

  #container(
    { image, resources = defaultResources, oidc, store, ...args }: ConsoleArgs,
    { scheme, probe }: ReturnType<typeof serverTls>,
  ) {
    const check = (path: string) => ({ httpGet: { path, port: "metrics", ...probe } });
    const set: Record<string, string | undefined> = {
      PORT: String(CONSOLE_PORT),
      CHECKS_PORT: String(consoleChecksPort),
      PAGES_DIR: "/app/console/pages/dist",
      PLATFORM_VERSION: args.version,
      LOG_LEVEL: args.logLevel ?? "info",
      SESSION_KEY_FILE: `${sessionMount.mountPath}/key`,
      SESSION_MINUTES: args.sessionMinutes === undefined ? undefined : String(args.sessionMinutes),
      TENANT_NAMESPACES: args.tenants.join(","),
      PUBLIC_URL: args.publicUrl,
      TLS_DIR: scheme === "https" ? tlsFolder : undefined,
      OIDC_ISSUER: oidc?.issuer,
      OIDC_CLIENT_ID: oidc?.clientId,
      OIDC_CLIENT_SECRET_FILE: oidc?.clientSecret && `${oidcMount.mountPath}/client-secret`,
      OIDC_CA_FILE: oidc?.ca && `${authorityMount.mountPath}/ca.crt`,
      OIDC_NAME: oidc?.name,
      OIDC_SCOPES: oidc?.scopes,
      OBJECT_STORE_URL: store?.url,
      OBJECT_STORE_KEYS: store?.keys && storeMount.mountPath,
      DEMO: args.demo ? "true" : undefined,
      [LOG_PROJECT_ENV]: args.logProject,
      [LOG_COLLECTOR_ENV]: args.logs?.url,
      ...serverEnvironment,
    };
    return {
      name: "console",
      image,
      command: ["node", ...serverFlags(resources.limits.memory), "/app/console/main.mjs"],
      env: Object.entries(set).flatMap(([key, value]) => (value ? [{ name: key, value }] : [])),
      ports: [
        { name: "web", containerPort: CONSOLE_PORT },
        { name: "metrics", containerPort: consoleChecksPort },
      ],
      resources,
      startupProbe: { ...check("/healthz"), periodSeconds: 1, failureThreshold: 60 },
      readinessProbe: { ...check("/readyz"), periodSeconds: 2 },
      livenessProbe: { ...check("/healthz"), periodSeconds: 15, failureThreshold: 4 },
    };
  }
}
