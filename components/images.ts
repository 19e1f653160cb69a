// Every third-party image that the platform runs: its upstream name and tag, who it runs as, where it listens.
//
// Plain data, so that embedded/images can build them and any other tool can read the table. On a machine with
// internet these names are pulled; on the embedded node the same names are built from package registries (`builtFrom`)
// or taken from the bundle folder. What is built has other digests than what upstream publishes, so names in manifests have none:
// who pulls from registries pins them by `components.<name>.image` in the stack's config, and `IMAGES=pull` by `digest` here.

/** Regular expression of an image that is named by its digest, which nobody can move. */
export const BY_DIGEST = "^[^@\\s]+@sha256:[0-9a-f]{64}$";

/** A third-party image. */
export interface Image {
  /** Name and tag, as upstream publishes it and as a manifest asks for it. */
  ref: string;
  /** `sha256:…` of what upstream publishes under that name, where it is known: who pulls it takes no other content. */
  digest?: string;
  /** User and group that a manifest sets (`runAsUser`, `runAsGroup`, `fsGroup`); upstream's own where it isn't root. */
  uid: number;
  /** TCP ports (UDP where it says dns) by the name that a Service gives them. */
  ports: Readonly<Record<string, number>>;
  /** Where the embedded build has its content from; absent: only from a registry or the bundle folder. */
  builtFrom?: string;
  /** SPDX expression of the main program's licence. */
  license: string;
}

export const images = {
  /** Object store. The last release that has an image; upstream's repository is archived since. */
  minio: {
    ref: "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z",
    digest: "sha256:14cea493d9a34af32f524e538b8346cf79f3321eff8e708c1e2960462bd8936e",
    uid: 1000,
    ports: { s3: 9000, console: 9001 },
    builtFrom: "Go module github.com/minio/minio, the release's own commit, without tiers on Google Cloud Storage",
    license: "AGPL-3.0-only",
  },
  /** Object store's client, with a shell: makes buckets, lifecycles, users, policies. */
  minioClient: {
    ref: "quay.io/minio/mc:RELEASE.2025-03-12T17-29-24Z",
    digest: "sha256:470f5546b596e16c7816b9c3fa7a78ce4076bb73c2c73f7faeec0c8043923123",
    uid: 1000,
    ports: {},
    builtFrom: "Go module github.com/minio/mc, the newest that the module proxy has, a day after the release",
    license: "AGPL-3.0-only",
  },
  /** Checkpoints and workflow archive. Docker rebuilds its tags for Debian's corrections: the digest says which build. */
  postgres: {
    ref: "docker.io/library/postgres:15.19-bookworm",
    digest: "sha256:d4a8e1f88f475ee3e0137fa89d21ebc59f6c6ab16bf369ee92907607cc3455ae",
    uid: 999,
    ports: { postgres: 5432 },
    builtFrom: "Debian package postgresql-15",
    license: "PostgreSQL",
  },
  /** Browsers as a service. Its command is the image's own: manifests set none. */
  browserless: {
    ref: "ghcr.io/browserless/chromium:v2.42.0",
    uid: 999,
    ports: { http: 3000 },
    builtFrom: "npm package @browserless.io/browserless and Debian package chromium-headless-shell",
    license: "SSPL-1.0 OR LicenseRef-Browserless-Commercial",
  },
  /** Model gateway. Newer releases do not resolve; 1.82.7 and 1.82.8 were malicious. */
  litellm: {
    ref: "ghcr.io/berriai/litellm:v1.106.2",
    uid: 1000,
    ports: { http: 4000 },
    builtFrom: "PyPI package litellm[proxy] by a lock file with hashes, Debian packages python3 and tesseract-ocr",
    license: "MIT",
  },
  /** Policy engine beside the operator. */
  opa: {
    ref: "docker.io/openpolicyagent/opa:1.22.0-static",
    uid: 1000,
    ports: { http: 8181 },
    builtFrom: "Go module github.com/open-policy-agent/opa",
    license: "Apache-2.0",
  },
  /** Resolver of tenants without egress, and cluster DNS of the embedded node. */
  coredns: {
    ref: "registry.k8s.io/coredns/coredns:v1.15.0",
    uid: 65532,
    ports: { dns: 53, metrics: 9153 },
    builtFrom: "Go module github.com/coredns/coredns",
    license: "Apache-2.0",
  },
  /** Sandbox of every pod of the embedded node. */
  pause: {
    ref: "registry.k8s.io/pause:3.10.2",
    digest: "sha256:f548e0e8e3dc1896ca956272154dde3314e8cc4fde0a57577ee9fa1c63f5baf4",
    uid: 65535,
    ports: {},
    builtFrom: "a program of the embedded node's own that does the same",
    license: "Apache-2.0",
  },
  /** Argo's three work together or not at all: the engine runs where the bundle folder lacks one of them. */
  argoController: {
    ref: "quay.io/argoproj/workflow-controller:v4.1.2",
    uid: 8737,
    ports: { metrics: 9090, health: 6060 },
    license: "Apache-2.0",
  },
  argoExecutor: { ref: "quay.io/argoproj/argoexec:v4.1.2", uid: 8737, ports: {}, license: "Apache-2.0" },
  argoServer: { ref: "quay.io/argoproj/argocli:v4.1.2", uid: 8737, ports: { web: 2746 }, license: "Apache-2.0" },
  argoEvents: {
    ref: "quay.io/argoproj/argo-events:v1.9.11",
    uid: 9731,
    ports: { metrics: 7777, health: 8081 },
    license: "Apache-2.0",
  },
  /** Argo Events' bus, in the versions that its own release pins, with its two sidecars. */
  nats: {
    ref: "docker.io/library/nats:2.10.29",
    digest: "sha256:5498ba57b9471840be3d15b033a4eec554d1c02fa6c2cc0ca2d888637f6c6e2f",
    uid: 1000,
    ports: { client: 4222, cluster: 6222, monitor: 8222 },
    license: "Apache-2.0",
  },
  natsReloader: {
    ref: "docker.io/natsio/nats-server-config-reloader:0.14.0",
    uid: 1000,
    ports: {},
    license: "Apache-2.0",
  },
  natsExporter: {
    ref: "docker.io/natsio/prometheus-nats-exporter:0.14.0",
    uid: 1000,
    ports: { metrics: 7777 },
    license: "Apache-2.0",
  },
  /** Admits only signed images. Upstream's image asks for no user of its own: 65532 is its base's `nonroot`. */
  policyController: {
    ref: "ghcr.io/sigstore/policy-controller/policy-controller:v0.15.1",
    uid: 65532,
    ports: { webhook: 8443, metrics: 9090 },
    builtFrom: "Go module github.com/sigstore/policy-controller",
    license: "Apache-2.0",
  },
  /** Keeps the platform's own images with their signatures, where no registry outside does. */
  registry: {
    ref: "docker.io/library/registry:3.1.2",
    digest: "sha256:ddf754342cfc8acc51a56d5d0ab6af06826461864460636d8bd5c546dab2a7b8",
    uid: 1000,
    ports: { registry: 5000, debug: 5001 },
    builtFrom: "Go module github.com/distribution/distribution, with the filesystem driver alone",
    license: "Apache-2.0",
  },
  /** Metrics: collects, keeps and queries them, and judges alerts. */
  prometheus: {
    ref: "quay.io/prometheus/prometheus:v3.14.0",
    uid: 65534,
    ports: { http: 9090 },
    builtFrom:
      "Go module github.com/prometheus/prometheus, without the built web pages and with two of its discoveries",
    license: "Apache-2.0",
  },
  /** Postgres' metrics: asks by SQL. */
  sqlExporter: {
    ref: "docker.io/burningalchemist/sql_exporter:0.24.6",
    uid: 65534,
    ports: { metrics: 9399 },
    builtFrom: "a program of the platform's own that reads the same configuration, for Postgres alone",
    license: "MIT",
  },
  /** Sends alerts on to whom they are for. The last release whose module has its built web pages: newer ones don't compile without. */
  alertmanager: {
    ref: "quay.io/prometheus/alertmanager:v0.31.1",
    uid: 65534,
    ports: { http: 9093 },
    builtFrom: "Go module github.com/prometheus/alertmanager",
    license: "Apache-2.0",
  },
  /** Traces: takes spans by OTLP, keeps them, and answers queries. Its Go module names this release v1.76.0. */
  jaeger: {
    ref: "docker.io/jaegertracing/jaeger:2.13.0",
    uid: 10001,
    ports: { otlp: 4318, query: 16686, metrics: 8888, health: 13133 },
    builtFrom:
      "Go module github.com/jaegertracing/jaeger, with OTLP, badger and the query API alone, and without the built web pages",
    license: "Apache-2.0",
  },
} as const satisfies Record<string, Image>;

/** Our own images' names, which they have in every registry. */
export const ownNames = {
  operator: "operator",
  agents: "agents",
  workflowEngine: "workflow-engine",
  eventReceiver: "event-receiver",
  console: "console",
} as const;

/**
 * What our own images are called where they are built and never pulled. No registry can be meant by localhost, so nobody can
 * publish another content under these names; what a registry has is named by the config's `images` and `imageRegistry`.
 */
export const ownRepositories = {
  operator: "localhost/agentic-platform/operator",
  agents: "localhost/agentic-platform/agents",
  workflowEngine: "localhost/agentic-platform/workflow-engine",
  eventReceiver: "localhost/agentic-platform/event-receiver",
  console: "localhost/agentic-platform/console",
} as const satisfies Record<keyof typeof ownNames, string>;

/** Files of the repository that make a program of the source; the last is run. */
export const programBuild = [
  "components/images.ts",
  "embedded/images/own.ts",
  "embedded/images/program.ts",
  "embedded/images/write-program.ts",
] as const;

/** Folders of the repository whose source each of our own images is made of: the packages that it imports, then its own. */
export const ownFolders = {
  operator: ["api", "kube", "tracing", "operator"],
  agents: ["api", "tracing", "agents"],
  workflowEngine: ["api", "kube", "tracing", "embedded/engine"],
  eventReceiver: ["api", "kube", "tracing", "embedded/receiver"],
  console: ["api", "kube", "tracing", "console"],
} as const satisfies Record<keyof typeof ownRepositories, readonly string[]>;

/** User and group that our own images run as. */
export const ownUid = 1000;
