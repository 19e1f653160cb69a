// Each component of the platform, declared once: what it is, its size in each profile, where its pods run, its image and settings.
//
// Whoever adds a component adds it here, writes it in components/, and creates it where the others are (docs/recipes.md).
import { NAMESPACES } from "@agentic/api/names.ts";
import type { TObject } from "typebox";
import type { images, ownNames } from "../../components/images.ts";
import { componentValues, noValues } from "./component-values.ts";
import { type Profile, type Size, size } from "./profile.ts";

/** What the stack's config knows of a component. */
export interface Declaration {
  /** What it is, for the reference. */
  about: string;
  /** Whether it is there where the config doesn't say; `withImage`: where it is known what it runs from. */
  enabled: boolean | "withImage";
  /** Default size of its volume; absent where it has none. */
  storage?: string;
  /** Why there can be only one pod of it; absent where there can be several. */
  single?: string;
  /** Pods and what each of them takes. */
  sizes: Record<Profile, Size>;
  /** The namespace whose quota has room for its pods. */
  namespace: string;
  /** Deployments that it runs as, each of `sizes`; 0: its pods fit the room that every namespace has. Default 1. */
  deployments?: number;
  /** The image that `version` is a tag of, by its name in the table of images; absent where it runs from several. */
  image?: keyof typeof images;
  /** The same where it is one of our own; with `engine`, only where that key of the config is `builtin`. */
  own?: { name: Exclude<keyof typeof ownNames, "agents">; engine?: "workflowEngine" | "eventEngine" };
  /** What `components.<name>.values` takes. */
  values: TObject;
}

export const declared = {
  minio: {
    about: "Object store of the artifacts.",
    enabled: true,
    storage: "20Gi",
    // What is to survive a zone has GCS and Cloud SQL in the place of MinIO and Postgres.
    single: "MinIO stands on one volume",
    sizes: {
      minimal: size(1, "50m 256Mi", "1 1Gi"),
      standard: size(1, "100m 512Mi", "2 2Gi"),
      ha: size(1, "500m 1Gi", "4 4Gi"),
    },
    namespace: NAMESPACES.sharedServices,
    image: "minio",
    values: componentValues.minio,
  },
  postgres: {
    about: "Database of checkpoints and of Argo's archive.",
    enabled: true,
    storage: "10Gi",
    single: "Postgres stands on one volume",
    sizes: {
      minimal: size(1, "50m 256Mi", "1 1Gi"),
      standard: size(1, "100m 512Mi", "2 2Gi"),
      ha: size(1, "500m 1Gi", "4 4Gi"),
    },
    namespace: NAMESPACES.sharedServices,
    image: "postgres",
    values: componentValues.postgres,
  },
  browserless: {
    about: "Browsers for the agents.",
    enabled: true,
    sizes: {
      minimal: size(1, "50m 256Mi", "2 2Gi"),
      standard: size(1, "250m 512Mi", "2 3Gi"),
      ha: size(3, "500m 1Gi", "2 3Gi"),
    },
    namespace: NAMESPACES.sharedServices,
    image: "browserless",
    values: componentValues.browserless,
  },
  litellm: {
    about: "Gateway to the models.",
    enabled: true,
    sizes: {
      minimal: size(1, "50m 512Mi", "2 1Gi"),
      standard: size(1, "100m 768Mi", "2 2Gi"),
      ha: size(3, "250m 768Mi", "2 2Gi"),
    },
    namespace: NAMESPACES.sharedServices,
    image: "litellm",
    values: componentValues.litellm,
  },
  workflows: {
    about: "Workflow engine: Argo Workflows, or the built-in one.",
    enabled: true,
    sizes: {
      minimal: size(1, "50m 128Mi", "1 512Mi"),
      standard: size(1, "100m 256Mi", "1 1Gi"),
      ha: size(2, "250m 512Mi", "2 2Gi"),
    },
    namespace: NAMESPACES.argoWorkflows,
    // Controller and server.
    deployments: 2,
    own: { name: "workflowEngine", engine: "workflowEngine" },
    values: componentValues.workflows,
  },
  operator: {
    about: "Controller of AgentWorkloads.",
    enabled: true,
    sizes: {
      minimal: size(1, "50m 128Mi", "1 256Mi"),
      standard: size(1, "100m 128Mi", "1 256Mi"),
      ha: size(2, "100m 192Mi", "1 512Mi"),
    },
    namespace: NAMESPACES.system,
    own: { name: "operator" },
    values: componentValues.operator,
  },
  console: {
    about:
      "Pages for people: what runs, what waits for them, reports; each acts with the rights that the cluster gives them.",
    enabled: "withImage",
    sizes: {
      minimal: size(1, "20m 96Mi", "500m 256Mi"),
      standard: size(1, "50m 128Mi", "1 256Mi"),
      ha: size(2, "100m 128Mi", "1 384Mi"),
    },
    namespace: NAMESPACES.system,
    own: { name: "console" },
    values: componentValues.console,
  },
  resolver: {
    about:
      "Resolver of tenants without egressInternet: the cluster's names alone. Without it they ask the cluster's DNS, for names outside too.",
    enabled: true,
    sizes: {
      minimal: size(1, "20m 48Mi", "500m 128Mi"),
      standard: size(2, "20m 64Mi", "500m 192Mi"),
      ha: size(2, "50m 96Mi", "1 256Mi"),
    },
    namespace: NAMESPACES.sharedServices,
    image: "coredns",
    values: noValues,
  },
  certificates: {
    about: "cert-manager, with an authority that signs for the platform's services.",
    enabled: true,
    sizes: {
      minimal: size(1, "10m 64Mi", "500m 256Mi"),
      standard: size(1, "20m 128Mi", "500m 256Mi"),
      ha: size(2, "50m 128Mi", "500m 512Mi"),
    },
    namespace: NAMESPACES.certManager,
    // Controller, webhook and injector.
    deployments: 3,
    values: componentValues.certificates,
  },
  events: {
    about: "Receiver of events: Argo Events, or the built-in one.",
    enabled: true,
    sizes: {
      minimal: size(1, "20m 64Mi", "500m 256Mi"),
      standard: size(1, "50m 128Mi", "500m 256Mi"),
      ha: size(2, "100m 256Mi", "1 512Mi"),
    },
    namespace: NAMESPACES.argoEvents,
    deployments: 0,
    image: "argoEvents",
    own: { name: "eventReceiver", engine: "eventEngine" },
    values: noValues,
  },
  policyController: {
    about: "Sigstore's policy controller: tenants run only images that imagePolicies admit.",
    enabled: false,
    sizes: {
      minimal: size(1, "40m 160Mi", "1 512Mi"),
      standard: size(2, "100m 192Mi", "1 512Mi"),
      ha: size(2, "200m 256Mi", "2 1Gi"),
    },
    namespace: NAMESPACES.cosign,
    image: "policyController",
    values: componentValues.policyController,
  },
  registry: {
    about: "Registry in the cluster for the platform's own images, where none outside has them.",
    enabled: false,
    storage: "10Gi",
    single: "the registry stands on one volume",
    sizes: {
      minimal: size(1, "20m 64Mi", "1 512Mi"),
      standard: size(1, "50m 128Mi", "1 512Mi"),
      ha: size(1, "100m 256Mi", "2 1Gi"),
    },
    namespace: NAMESPACES.sharedServices,
    image: "registry",
    values: componentValues.registry,
  },
  sigstore: {
    about: "Fulcio and Rekor: accounts of the cluster sign images by their tokens, without a key to keep.",
    enabled: false,
    single: "the log is in one process's memory",
    sizes: {
      minimal: size(1, "20m 64Mi", "500m 256Mi"),
      standard: size(1, "50m 96Mi", "1 512Mi"),
      ha: size(1, "100m 128Mi", "1 512Mi"),
    },
    namespace: NAMESPACES.cosign,
    // Each of the two.
    deployments: 2,
    values: componentValues.sigstore,
  },
  prometheus: {
    about: "Metrics and the rules about them, with telemetry.mode builtin.",
    enabled: true,
    storage: "10Gi",
    single: "Prometheus stands on one volume",
    sizes: {
      minimal: size(1, "50m 128Mi", "1 512Mi"),
      standard: size(1, "100m 256Mi", "1 1Gi"),
      ha: size(1, "250m 512Mi", "2 2Gi"),
    },
    namespace: NAMESPACES.observability,
    image: "prometheus",
    values: noValues,
  },
  postgresExporter: {
    about: "Postgres' metrics, where somebody collects them.",
    enabled: true,
    single: "two would ask the same twice",
    sizes: {
      minimal: size(1, "10m 24Mi", "200m 64Mi"),
      standard: size(1, "10m 32Mi", "200m 96Mi"),
      ha: size(1, "20m 32Mi", "200m 96Mi"),
    },
    namespace: NAMESPACES.sharedServices,
    image: "sqlExporter",
    values: noValues,
  },
  alertmanager: {
    about: "Sends alerts to whom they are for, with telemetry.mode builtin.",
    enabled: true,
    storage: "1Gi",
    single: "Alertmanager stands on one volume",
    sizes: {
      minimal: size(1, "10m 32Mi", "500m 128Mi"),
      standard: size(1, "20m 48Mi", "500m 128Mi"),
      ha: size(1, "50m 64Mi", "500m 256Mi"),
    },
    namespace: NAMESPACES.observability,
    image: "alertmanager",
    values: noValues,
  },
  jaeger: {
    about: "Traces of workloads, with telemetry.mode builtin.",
    enabled: true,
    storage: "5Gi",
    single: "Jaeger stands on one volume",
    sizes: {
      minimal: size(1, "20m 96Mi", "500m 256Mi"),
      standard: size(1, "50m 192Mi", "1 512Mi"),
      ha: size(1, "100m 256Mi", "1 1Gi"),
    },
    namespace: NAMESPACES.observability,
    image: "jaeger",
    values: noValues,
  },
} as const satisfies Record<string, Declaration>;

/** Name of a component that a stack can switch off or change, as its config has it. */
export type ComponentName = keyof typeof declared;

/** Components that a stack can switch off or change, by the names that its config uses. */
export const componentNames = Object.keys(declared) as ComponentName[];

/** The declaration of a component, with the fields that only some have. */
export const declaration = (name: ComponentName): Declaration => declared[name];
