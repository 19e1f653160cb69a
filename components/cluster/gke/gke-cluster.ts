// A hardened GKE cluster, Autopilot or Standard, and the way to reach it.
import { Cluster, type ClusterArgs } from "@pulumi/gcp/container/cluster.js";
import * as pulumi from "@pulumi/pulumi";
import { secondaryRanges } from "../../gcp/ranges.ts";
import { checkScope, gcpLabels } from "../../gcp/scope.ts";
import { workloadPool } from "../../gcp/workload-identity.ts";
import { checkGke, type GkeArgs, recurringWindow } from "./arguments.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { NodeAccount } from "./node-account.ts";
import { NodePools } from "./node-pools.ts";

/** Parts of the control plane and the nodes that write logs. */
const logs = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"];
/** What Google's monitoring reads beside the workloads' own metrics. */
const metrics = [
  "SYSTEM_COMPONENTS",
  "APISERVER",
  "CONTROLLER_MANAGER",
  "SCHEDULER",
  "STORAGE",
  "POD",
  "DEPLOYMENT",
  "STATEFULSET",
  "HPA",
  "CADVISOR",
  "KUBELET",
];

/** One cluster in a network of its own: private nodes, Workload Identity, encrypted Secrets, no client certificates. */
export class Gke extends pulumi.ComponentResource {
  /** Full name of the cluster. */
  readonly cluster: pulumi.Output<string>;
  /** Kubeconfig that asks for the reader's own Google account. Not a secret, as it holds none, but unknown at preview. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Account of the nodes as IAM names it. */
  readonly nodeMember: pulumi.Output<string>;

  constructor(name: string, args: GkeArgs, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    checkGke(args);
    super("agentic:gke:Gke", name, {}, options);
    const { project, region, mode = "autopilot", spot = true, sandbox = true } = args;
    const account = new NodeAccount(`${name}-nodes`, args, { parent: this });
    const cluster = new Cluster(
      name,
      {
        ...this.#common(args),
        ...(mode === "autopilot" ? this.#autopilot(args, account) : this.#standard(args, account)),
      },
      {
        parent: this,
        dependsOn: [account],
        protect: args.deletionProtection,
        // Settings of the default pool, which is removed once the cluster exists.
        ignoreChanges: mode === "standard" ? ["nodeConfig", "initialNodeCount"] : [],
      },
    );
    if (mode === "standard")
      new NodePools(
        `${name}-pools`,
        { ...args, cluster: cluster.name, serviceAccount: account.email, sizes: args.pools, spot, sandbox },
        { parent: this },
      );
    this.cluster = cluster.id;
    this.nodeMember = account.member;
    const { name: clusterName } = args;
    this.kubeconfig = pulumi
      .all([cluster.controlPlaneEndpointsConfig, cluster.endpoint, cluster.masterAuth])
      .apply(([dns, endpoint, auth]) =>
        kubeconfigOf({
          name: `gke_${project}_${region}_${clusterName}`,
          dnsEndpoint: dns?.dnsEndpointConfig?.endpoint,
          endpoint,
          certificateAuthority: auth?.clusterCaCertificate,
        }),
      );
    this.registerOutputs({ cluster: this.cluster });
  }

  /** What both modes have. */
  #common(args: GkeArgs): ClusterArgs {
    const { endpoint = "dns", authorizedNetworks = [], managedPrometheus = true } = args;
    const byDns = endpoint === "dns";
    const on = (value: boolean | undefined) => value !== false;
    return {
      project: args.project,
      location: args.region,
      name: args.name,
      description: "The agentic platform",
      network: args.network,
      subnetwork: args.subnetwork,
      deletionProtection: args.deletionProtection,
      ipAllocationPolicy: {
        clusterSecondaryRangeName: secondaryRanges.pods,
        servicesSecondaryRangeName: secondaryRanges.services,
      },
      privateClusterConfig: {
        enablePrivateNodes: true,
        // By DNS, nobody outside needs an address; people's authorized networks are public ones.
        enablePrivateEndpoint: byDns,
        privateEndpointSubnetwork: args.controlPlaneSubnetwork,
      },
      controlPlaneEndpointsConfig: {
        dnsEndpointConfig: { allowExternalTraffic: byDns },
        // Nodes and pods of the network use the internal address.
        ipEndpointsConfig: { enabled: true },
      },
      masterAuthorizedNetworksConfig: {
        gcpPublicCidrsAccessEnabled: false,
        privateEndpointEnforcementEnabled: true,
        cidrBlocks: byDns ? [] : authorizedNetworks.map(({ name, cidr }) => ({ displayName: name, cidrBlock: cidr })),
      },
      masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
      // No anonymous users, and no rights for everybody who is authenticated.
      anonymousAuthenticationConfig: { mode: "LIMITED" },
      rbacBindingConfig: {
        enableInsecureBindingSystemAuthenticated: false,
        enableInsecureBindingSystemUnauthenticated: false,
      },
      ...(args.securityGroup ? { authenticatorGroupsConfig: { securityGroup: args.securityGroup } } : {}),
      releaseChannel: { channel: (args.releaseChannel ?? "regular").toUpperCase() },
      maintenancePolicy: { recurringWindow: recurringWindow(args.maintenance) },
      ...(args.databaseKey
        ? { databaseEncryption: { state: "ENCRYPTED", keyName: args.databaseKey } }
        : { databaseEncryption: { state: "DECRYPTED" } }),
      binaryAuthorization: {
        evaluationMode: on(args.binaryAuthorization) ? "PROJECT_SINGLETON_POLICY_ENFORCE" : "DISABLED",
      },
      loggingConfig: { enableComponents: logs },
      monitoringConfig: {
        enableComponents: managedPrometheus ? metrics : ["SYSTEM_COMPONENTS"],
        managedPrometheus: { enabled: managedPrometheus },
        advancedDatapathObservabilityConfig: { enableMetrics: managedPrometheus, enableRelay: false },
      },
      managedOpentelemetryConfig: {
        scope: on(args.managedOpenTelemetry) ? "COLLECTION_AND_INSTRUMENTATION_COMPONENTS" : "NONE",
      },
      costManagementConfig: { enabled: on(args.costAllocation) },
      securityPostureConfig: { mode: on(args.securityPosture) ? "BASIC" : "DISABLED" },
      gatewayApiConfig: { channel: on(args.gatewayApi) ? "CHANNEL_STANDARD" : "CHANNEL_DISABLED" },
      addonsConfig: {
        gkeBackupAgentConfig: { enabled: on(args.backupAgent) },
        gcePersistentDiskCsiDriverConfig: { enabled: true },
        httpLoadBalancing: { disabled: false },
      },
      resourceLabels: gcpLabels(args),
    };
  }

  /** Autopilot implies Dataplane V2, Workload Identity, shielded nodes and upgrades; it refuses to have them set. */
  #autopilot(args: GkeArgs, account: NodeAccount): ClusterArgs {
    return {
      enableAutopilot: true,
      clusterAutoscaling: {
        autoProvisioningDefaults: {
          serviceAccount: account.email,
          oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
          ...(args.diskKey ? { bootDiskKmsKey: args.diskKey } : {}),
        },
      },
    };
  }

  #standard(args: GkeArgs, account: NodeAccount): ClusterArgs {
    return {
      datapathProvider: "ADVANCED_DATAPATH",
      enableShieldedNodes: true,
      enableIntranodeVisibility: true,
      enableLegacyAbac: false,
      workloadIdentityConfig: { workloadPool: workloadPool(args.project) },
      verticalPodAutoscaling: { enabled: true },
      clusterAutoscaling: { enabled: false, autoscalingProfile: "OPTIMIZE_UTILIZATION" },
      dnsConfig: { clusterDns: "CLOUD_DNS", clusterDnsScope: "CLUSTER_SCOPE", clusterDnsDomain: "cluster.local" },
      defaultMaxPodsPerNode: 64,
      // The pools are resources of their own; a cluster can't be made without a pool.
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      nodeConfig: {
        machineType: "e2-medium",
        serviceAccount: account.email,
        oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
        ...(args.diskKey ? { bootDiskKmsKey: args.diskKey } : {}),
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        metadata: { "disable-legacy-endpoints": "true" },
        resourceLabels: gcpLabels(args),
      },
    };
  }
}
