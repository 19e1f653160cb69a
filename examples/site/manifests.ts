// The sample site as Kubernetes objects: its pages in a ConfigMap, a server for them, and who may ask it.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { inTenants } from "@agentic/api/admission.ts";
import { LABELS } from "@agentic/api/names.ts";

/** Where the site is; its namespace, Service and port together make `http://site.sample-site:8080`. */
export const SITE = { namespace: "sample-site", service: "site", port: 8080 } as const;

/** Base URL of the site inside the cluster. */
export const SITE_URL = `http://${SITE.service}.${SITE.namespace}:${SITE.port}`;

/** A Kubernetes object of any kind. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

export interface SampleSiteArgs {
  /** The agents' image: it holds the static server. */
  image: string;
}

const contentFolder = join(import.meta.dirname, "content");
const app = { "app.kubernetes.io/name": "sample-site" };

interface ContentFile {
  /** Path below the site's root, with slashes. */
  path: string;
  /** ConfigMap keys hold no slash. */
  key: string;
  body: Buffer;
}

function contentFiles(): ContentFile[] {
  return readdirSync(contentFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = relative(contentFolder, file);
      return { path, key: path.replaceAll("/", "--"), body: readFileSync(file) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The site's objects, in the order in which to apply them. */
export function sampleSite({ image }: SampleSiteArgs): Manifest[] {
  const files = contentFiles();
  const metadata = (name: string) => ({ name, namespace: SITE.namespace, labels: { ...app } });
  return [
    namespace(),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata("site-content"),
      binaryData: Object.fromEntries(files.map(({ key, body }) => [key, body.toString("base64")])),
    },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata("site"), automountServiceAccountToken: false },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(SITE.service),
      spec: { selector: app, ports: [{ name: "http", port: SITE.port, targetPort: "http" }] },
    },
    deployment(image, files),
    ...networkPolicies(),
  ];
}

function namespace(): Manifest {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: SITE.namespace,
      labels: {
        ...app,
        [LABELS.owner]: "platform",
        [LABELS.costCenter]: "examples",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
      },
    },
  };
}

function deployment(image: string, files: ContentFile[]): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "site", namespace: SITE.namespace, labels: { ...app } },
    spec: {
      replicas: 1,
      selector: { matchLabels: app },
      template: {
        metadata: { labels: app },
        spec: {
          serviceAccountName: "site",
          automountServiceAccountToken: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              name: "site",
              image,
              imagePullPolicy: "IfNotPresent",
              command: ["node", "/app/agents/serve.mjs"],
              args: ["/site", String(SITE.port)],
              ports: [{ name: "http", containerPort: SITE.port }],
              resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                readOnlyRootFilesystem: true,
                runAsNonRoot: true,
              },
              readinessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 1 },
              livenessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, failureThreshold: 6 },
              volumeMounts: [{ name: "content", mountPath: "/site", readOnly: true }],
            },
          ],
          volumes: [
            {
              name: "content",
              configMap: { name: "site-content", items: files.map(({ key, path }) => ({ key, path })) },
            },
          ],
        },
      },
    },
  };
}

/** In: agents of any tenant; they fetch for the browser as well. Out: nothing. */
function networkPolicies(): Manifest[] {
  const name = (kind: string) => ({ name: kind, namespace: SITE.namespace, labels: { ...app } });
  return [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: name("default-deny"),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: name("site"),
      spec: {
        podSelector: { matchLabels: app },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [{ namespaceSelector: inTenants }],
            ports: [{ protocol: "TCP", port: SITE.port }],
          },
        ],
      },
    },
  ];
}
