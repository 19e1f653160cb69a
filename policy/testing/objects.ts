// Valid objects for tests, each of which satisfies every rule.
import type { Fields } from "../values.ts";
import type { Resource } from "./table.ts";

/** An object of a kind; `apiVersion` matters only where a rule asks for it. */
export const object = (kind: string, rest: Fields = {}, apiVersion = "v1"): Fields => ({
  apiVersion,
  kind,
  metadata: { name: "one", namespace: "space" },
  ...rest,
});

export const context: Fields = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

export const container = (more: Fields = {}): Fields => ({
  name: "main",
  image: "localhost/agentic-platform/agents:1.2",
  resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
  readinessProbe: { httpGet: { port: 80 } },
  livenessProbe: { httpGet: { port: 80 } },
  securityContext: context,
  ...more,
});

export const pod = (more: Fields = {}, inside: Fields = {}): Fields => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container(inside)],
  ...more,
});

/** A Deployment whose pod's spec has `more`, and its container `inside`. */
export const deployment = (more: Fields = {}, inside: Fields = {}, spec: Fields = {}): Fields =>
  object("Deployment", { spec: { template: { spec: pod(more, inside) }, ...spec } }, "apps/v1");

/** A template's container that holds to every rule. */
export const step = (more: Fields = {}, inside: Fields = {}): Fields => ({
  name: "step",
  activeDeadlineSeconds: 60,
  retryStrategy: { limit: "3", backoff: { duration: "1s" } },
  container: {
    image: "{{workflow.parameters.agent_image}}",
    resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
    securityContext: context,
    ...inside,
  },
  ...more,
});

/** A WorkflowTemplate with `more` in its spec. */
export const workflow = (more: Fields = {}, metadata: Fields = {}): Fields =>
  object(
    "WorkflowTemplate",
    { metadata: { name: "one", namespace: "space", ...metadata }, spec: { templates: [step()], ...more } },
    "argoproj.io/v1alpha1",
  );

/** A resource of Google Cloud. */
export const gcp = (type: string, props: Fields, more: Partial<Resource> = {}): Resource => ({
  type: `gcp:${type}`,
  props,
  name: "one",
  ...more,
});
