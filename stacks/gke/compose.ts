// Composes the Google Cloud side of a stack: the cluster, and what stands outside of it in the place of the platform's own services.

import { CONSOLE_PORT } from "@agentic/api/console.ts";
import { NAMESPACES } from "@agentic/api/names.ts";
import { WEBHOOK } from "@agentic/api/webhook.ts";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { BackupPlan } from "../../components/cluster/gke/backup-plan.ts";
import { Gke } from "../../components/cluster/gke/gke-cluster.ts";
import { nodesOf } from "../../components/cluster/gke/pools.ts";
import { eventParts } from "../../components/events/parts.ts";
import { googleZones } from "../../components/gcp/addresses.ts";
import { ArtifactRegistry } from "../../components/gcp/artifact-registry.ts";
import { CloudSql } from "../../components/gcp/cloud-sql.ts";
import { EventTopic } from "../../components/gcp/event-topic.ts";
import { ImageAdmission } from "../../components/gcp/image-admission.ts";
import { ImageBuilds } from "../../components/gcp/image-builds.ts";
import { type KeyPurpose, Keys } from "../../components/gcp/keys.ts";
import { Network } from "../../components/gcp/network.ts";
import { ProjectServices } from "../../components/gcp/services.ts";
import { principal } from "../../components/gcp/workload-identity.ts";
import { policyControllerPart } from "../../components/security/policy-controller.ts";
import type { Config } from "../config/config.ts";
import { scopeOf } from "../config/gke-rules.ts";
import { type GkeConfig, hasPart } from "../config/gke-section.ts";
import type { StackCluster } from "../external-services.ts";
import { apisOf } from "./apis.ts";
import { artifactStore } from "./artifacts.ts";
import type { GcpContext } from "./context.ts";
import { imagesOf, ownDockerfiles } from "./images.ts";
import { createInClusterParts, tenantPoliciesOf } from "./in-cluster.ts";
import { createObservability } from "./observability.ts";

/** Registers the Google Cloud side. Throws where the config has no section `gke`. */
export function createGke(config: Config): StackCluster {
  const { gke } = config;
  if (!gke) throw new Error("gke: the config has no such section: cluster.kind gke needs it");
  const scope = scopeOf(gke, config);
  const google = new GoogleProvider("google", {
    project: scope.project,
    region: scope.region,
    // Labels are the components' own, so that a preview shows them.
    addPulumiAttributionLabel: false,
  });
  const apis = new ProjectServices(
    "apis",
    { ...scope, apis: apisOf(gke, config.telemetry) },
    { providers: { gcp: google } },
  );
  const base = { providers: { gcp: google }, dependsOn: [apis] };
  const keys = hasPart(gke, "encryption")
    ? new Keys("keys", { ...scope, ...gke.encryption, purposes: purposesOf(gke) }, base)
    : undefined;
  const root = { ...base, dependsOn: keys ? [apis, keys] : [apis] };
  const { nat, flowLogs, ...ranges } = gke.network ?? {};
  const network = new Network(
    "network",
    {
      ...scope,
      ranges,
      nat,
      flowLogs,
      managedServices: hasPart(gke, "database"),
      googleApis: gke.perimeter ? "restricted" : "private",
      exposedPorts: [...(gke.exposed?.webhook ? [WEBHOOK.port] : []), ...(gke.exposed?.console ? [CONSOLE_PORT] : [])],
    },
    base,
  );
  const context = { config, gke, scope, root, keys, network };
  const cluster = createCluster(context);
  const database = createDatabase(context, config.rotation);
  const topic = createTopic(context);
  const endpoints = createImages(context, cluster);
  createObservability(context, cluster);
  const { mode = "autopilot", spot = true, sandbox = true } = gke;
  return {
    provider: new Provider("cluster", {
      kubeconfig: cluster.kubeconfig,
      enableServerSideApply: true,
      // Objects of a deleted cluster are gone with it. Those of an existing one are deleted one by one, so that its controllers
      // delete their disks and load balancers.
      deleteUnreachable: true,
    }),
    external: {
      kubeconfig: cluster.kubeconfig,
      apiServerCidrs: [network.ranges.controlPlane],
      objectStore: hasPart(gke, "artifacts") ? artifactStore(context) : undefined,
      database,
      storedPasswords: hasPart(gke, "externalSecrets"),
      pubsub: topic && { project: scope.project, topic: topic.topic, subscription: topic.subscription },
      nodes: {
        agents: nodesOf("agents", { mode, spot, sandbox }),
        browsers: nodesOf("browsers", { mode, spot, sandbox }),
      },
      endpoints: {
        ...endpoints,
        ...(topic ? { eventTopic: `projects/${scope.project}/topics/${topic.topic}` } : {}),
        ...(gke.exposed?.console ? { console: `https://${gke.exposed.console}` } : {}),
      },
      tenantPolicies: tenantPoliciesOf({ gke, network, database }),
      forwardedZones: googleZones,
      finish: (handles) => createInClusterParts({ ...context, database }, handles),
    },
  };
}

/** Kinds of data that get a key of their own. */
function purposesOf(gke: GkeConfig): KeyPurpose[] {
  const parts: [KeyPurpose, boolean][] = [
    ["cluster", true],
    ["disks", true],
    ["artifacts", hasPart(gke, "artifacts")],
    ["database", hasPart(gke, "database")],
    ["registry", hasPart(gke, "registry")],
    ["secrets", hasPart(gke, "externalSecrets")],
    ["events", hasPart(gke, "events")],
    ["analytics", hasPart(gke, "results")],
    ["backups", hasPart(gke, "backup")],
  ];
  return parts.flatMap(([purpose, on]) => (on ? [purpose] : []));
}

function createCluster({ config, gke, scope, root, keys, network }: GcpContext): Gke {
  const cluster = new Gke(
    "gke",
    {
      ...scope,
      mode: gke.mode,
      network: network.network,
      subnetwork: network.subnetwork,
      controlPlaneSubnetwork: network.controlPlaneSubnetwork,
      endpoint: gke.endpoint,
      authorizedNetworks: gke.authorizedNetworks,
      releaseChannel: gke.releaseChannel,
      maintenance: gke.maintenance,
      securityGroup: gke.securityGroup,
      databaseKey: keys?.key("cluster"),
      diskKey: keys?.key("disks"),
      binaryAuthorization: hasPart(gke, "binaryAuthorization"),
      managedPrometheus: gke.managedPrometheus,
      managedOpenTelemetry: config.telemetry.managedCollector,
      costAllocation: gke.costAllocation,
      securityPosture: gke.securityPosture,
      gatewayApi: gke.exposed !== undefined,
      backupAgent: hasPart(gke, "backup"),
      spot: gke.spot,
      sandbox: gke.sandbox,
      pools: gke.pools,
    },
    // Nodes need routes to registries and to Google's APIs from their start.
    { ...root, dependsOn: [...(root.dependsOn as pulumi.Resource[]), network] },
  );
  if (hasPart(gke, "backup")) {
    const { enabled: _, region: backupRegion, ...settings } = gke.backup ?? {};
    const { cluster: id } = cluster;
    new BackupPlan("backup", { ...scope, cluster: id, backupRegion, ...settings, kmsKey: keys?.key("backups") }, root);
  }
  return cluster;
}

function createDatabase(
  { gke, scope, root, keys, network }: GcpContext,
  rotation: Config["rotation"],
): CloudSql | undefined {
  if (!hasPart(gke, "database")) return undefined;
  const { enabled: _, ...settings } = gke.database ?? {};
  const needed = network.managedServices ? [network.managedServices] : [];
  return new CloudSql(
    "database",
    {
      ...scope,
      ...settings,
      network: network.network,
      kmsKey: keys?.key("database"),
      rotation: rotation.postgres,
    },
    { ...root, dependsOn: [...(root.dependsOn as pulumi.Resource[]), ...needed] },
  );
}

function createTopic({ gke, scope, root, keys }: GcpContext): EventTopic | undefined {
  if (!hasPart(gke, "events")) return undefined;
  const { enabled: _, ...settings } = gke.events ?? {};
  const subscriber = { namespace: NAMESPACES.argoEvents, serviceAccount: eventParts.pubsub };
  return new EventTopic("events-topic", { ...scope, ...settings, subscriber, kmsKey: keys?.key("events") }, root);
}

/** Registry, builds and the cluster's choice of images. Returns where people push to and how images are signed. */
function createImages({ config, gke, scope, root, keys }: GcpContext, cluster: Gke): Record<string, string> {
  const endpoints: Record<string, string> = {};
  if (hasPart(gke, "registry")) {
    const { enabled: _, ...settings } = gke.registry ?? {};
    // Sigstore's policy controller reads signatures where the images are.
    const verifiers: Record<string, string> = config.components.policyController.enabled
      ? {
          "policy-controller": principal(scope, { namespace: NAMESPACES.cosign, serviceAccount: policyControllerPart }),
        }
      : {};
    const readers = { nodes: cluster.nodeMember, ...verifiers };
    const registry = new ArtifactRegistry(
      "registry",
      { ...scope, ...settings, readers, kmsKey: keys?.key("registry") },
      root,
    );
    endpoints.registry = registry.url;
    if (hasPart(gke, "builds")) {
      const { source, branch, docker = "", cosign = "", syft = "", grype, database } = gke.builds ?? {};
      const builds = new ImageBuilds(
        "builds",
        {
          ...scope,
          trigger: source
            ? { source, branch, tools: { docker, cosign, syft, ...(grype ? { grype } : {}) }, database }
            : undefined,
          generation: gke.encryption?.generation,
          registry: registry.url,
          repository: registry.repository,
          dockerfiles: ownDockerfiles,
          verifiers,
        },
        root,
      );
      endpoints.imageSigningKey = builds.signingKey;
    }
  }
  if (hasPart(gke, "binaryAuthorization"))
    new ImageAdmission(
      "image-admission",
      { ...scope, cluster: scope.name, images: imagesOf(config), attestors: gke.binaryAuthorization?.attestors },
      root,
    );
  return endpoints;
}
