// The GKE cluster, its node pools and its backup plan.
import { beforeAll, describe, expect, it } from "vitest";
import type { GkeArgs } from "../../../components/cluster/gke/arguments.ts";
import { BackupPlan, type BackupPlanArgs } from "../../../components/cluster/gke/backup-plan.ts";
import { Gke } from "../../../components/cluster/gke/gke-cluster.ts";
import { kubeconfigOf } from "../../../components/cluster/gke/kubeconfig.ts";
import { NodePools } from "../../../components/cluster/gke/node-pools.ts";
import { nodeMarks, nodesOf, poolNames } from "../../../components/cluster/gke/pools.ts";
import { inputsOf, inputsOfKind, mock, registeredBy, scope } from "./mocks.ts";

beforeAll(mock);

const base: GkeArgs = {
  ...scope,
  network: "net",
  subnetwork: "nodes",
  controlPlaneSubnetwork: "control-plane",
  databaseKey: "projects/p/locations/l/keyRings/r/cryptoKeys/cluster",
};
const gke = (more: Partial<GkeArgs> = {}) => registeredBy(() => new Gke("gke", { ...base, ...more }));

describe("the cluster", () => {
  it.each(["autopilot", "standard"] as const)("is hardened in mode %s", async (mode) => {
    expect(inputsOf(await gke({ mode }), "Cluster")).toMatchObject({
      name: "agentic",
      location: "europe-west1",
      deletionProtection: true,
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: true } },
      masterAuthorizedNetworksConfig: { cidrBlocks: [], gcpPublicCidrsAccessEnabled: false },
      masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
      releaseChannel: { channel: "REGULAR" },
      databaseEncryption: { state: "ENCRYPTED", keyName: base.databaseKey },
      binaryAuthorization: { evaluationMode: "PROJECT_SINGLETON_POLICY_ENFORCE" },
      monitoringConfig: { managedPrometheus: { enabled: true } },
      costManagementConfig: { enabled: true },
      securityPostureConfig: { mode: "BASIC" },
      addonsConfig: { gkeBackupAgentConfig: { enabled: true } },
      rbacBindingConfig: { enableInsecureBindingSystemAuthenticated: false },
      resourceLabels: { owner: "platform", "cost-center": "cc-42" },
      maintenancePolicy: {
        recurringWindow: {
          startTime: "2026-01-03T02:00:00Z",
          endTime: "2026-01-03T08:00:00Z",
          recurrence: "FREQ=WEEKLY;BYDAY=SA,SU",
        },
      },
    });
  });

  it("says nothing in Autopilot that Autopilot refuses", async () => {
    const all = await gke();
    const cluster = inputsOf(all, "Cluster");
    expect(cluster.enableAutopilot).toBe(true);
    for (const field of [
      "workloadIdentityConfig",
      "enableShieldedNodes",
      "enableIntranodeVisibility",
      "removeDefaultNodePool",
      "initialNodeCount",
      "nodeConfig",
      "defaultMaxPodsPerNode",
    ])
      expect(cluster, field).not.toHaveProperty(field);
    expect(cluster.clusterAutoscaling.autoProvisioningDefaults.serviceAccount).toContain("agentic-nodes@");
    expect(inputsOfKind(all, "NodePool")).toEqual([]);
  });

  it("has three pools in Standard: agents on sandboxed spot nodes, behind taints", async () => {
    const all = await gke({ mode: "standard", diskKey: "disk-key" });
    expect(inputsOf(all, "Cluster")).toMatchObject({
      datapathProvider: "ADVANCED_DATAPATH",
      enableShieldedNodes: true,
      removeDefaultNodePool: true,
      workloadIdentityConfig: { workloadPool: "acme-agents.svc.id.goog" },
    });
    const pools = poolNames.map((name) => inputsOf(all, "NodePool", name));
    expect(inputsOfKind(all, "NodePool")).toHaveLength(pools.length);
    for (const { nodeConfig, name, management } of pools) {
      expect(nodeConfig, name).toMatchObject({
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        metadata: { "disable-legacy-endpoints": "true" },
        serviceAccount: "agentic-nodes@acme-agents.iam.gserviceaccount.com",
        bootDiskKmsKey: "disk-key",
        labels: { "agentic.io/pool": name },
      });
      expect(management).toEqual({ autoRepair: true, autoUpgrade: true });
    }
    const [system, agents, browsers] = pools;
    expect(system?.nodeConfig.taints).toEqual([]);
    expect(agents?.nodeConfig).toMatchObject({ spot: true, sandboxConfig: { type: "GVISOR" } });
    expect(agents?.nodeConfig.taints.map(({ key }: { key: string }) => key)).toEqual([
      "agentic.io/pool",
      "cloud.google.com/gke-spot",
    ]);
    expect(browsers?.nodeConfig).toMatchObject({ spot: false, taints: [{ key: "agentic.io/pool" }] });
    expect(agents?.autoscaling).toMatchObject({ totalMinNodeCount: 0, totalMaxNodeCount: 20, locationPolicy: "ANY" });
  });

  it("runs its nodes as an account that may only report", async () => {
    const members = inputsOfKind(await gke(), "IAMMember");
    expect(members).toEqual([
      {
        project: "acme-agents",
        role: "roles/container.defaultNodeServiceAccount",
        member: "serviceAccount:agentic-nodes@acme-agents.iam.gserviceaccount.com",
      },
    ]);
  });

  it.each([
    [{ binaryAuthorization: false }, { binaryAuthorization: { evaluationMode: "DISABLED" } }],
    [{ mode: "standard", managedPrometheus: false }, { monitoringConfig: { managedPrometheus: { enabled: false } } }],
    [{ costAllocation: false }, { costManagementConfig: { enabled: false } }],
    [{ securityPosture: false }, { securityPostureConfig: { mode: "DISABLED" } }],
    [{ gatewayApi: false }, { gatewayApiConfig: { channel: "CHANNEL_DISABLED" } }],
    [{ backupAgent: false }, { addonsConfig: { gkeBackupAgentConfig: { enabled: false } } }],
    [{ databaseKey: undefined }, { databaseEncryption: { state: "DECRYPTED" } }],
    [{ deletionProtection: false }, { deletionProtection: false }],
    [{ releaseChannel: "stable" }, { releaseChannel: { channel: "STABLE" } }],
    [
      { securityGroup: "gke-security-groups@acme.example" },
      { authenticatorGroupsConfig: { securityGroup: "gke-security-groups@acme.example" } },
    ],
    [
      { endpoint: "authorized-networks", authorizedNetworks: [{ name: "office", cidr: "203.0.113.0/24" }] },
      {
        privateClusterConfig: { enablePrivateEndpoint: false },
        controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: false } },
        masterAuthorizedNetworksConfig: { cidrBlocks: [{ displayName: "office", cidrBlock: "203.0.113.0/24" }] },
      },
    ],
  ] as [Partial<GkeArgs>, object][])("takes %j", async (more, fields) => {
    expect(inputsOf(await gke(more), "Cluster")).toMatchObject(fields);
  });

  it.each([
    [{ authorizedNetworks: [{ name: "a", cidr: "203.0.113.0/24" }] }, "authorizedNetworks: endpoint dns has no use"],
    [{ endpoint: "authorized-networks" }, "authorizedNetworks: is empty"],
    [
      { endpoint: "authorized-networks", authorizedNetworks: [{ name: "a", cidr: "0.0.0.0/0" }] },
      "authorizedNetworks[0].cidr: 0.0.0.0/0 is the whole internet",
    ],
    [
      { endpoint: "authorized-networks", authorizedNetworks: [{ name: "a", cidr: "office" }] },
      "authorizedNetworks[0].cidr: 'office' is not a valid IPv4 range",
    ],
    [{ maintenance: { startHour: 24 } }, "maintenance.startHour: 24"],
    [{ maintenance: { hours: 3 } }, "maintenance.hours: 3"],
    [{ maintenance: { days: [] } }, "maintenance.days: []"],
    [{ maintenance: { hours: 4, days: ["SU"] } }, "are less than the 48"],
    [{ pools: { system: { max: 3 } } }, "pools: Autopilot makes its nodes itself"],
    [{ managedPrometheus: false }, "managedPrometheus: Autopilot always has it"],
    [{ securityGroup: "admins@acme.example" }, "securityGroup: 'admins@acme.example'"],
    [{ mode: "standard", pools: { system: { min: 0 } } }, "sizes.system.min: 0 leaves no node"],
    [{ mode: "standard", pools: { agents: { min: -1 } } }, "sizes.agents.min: -1"],
    [{ mode: "standard", pools: { agents: { min: 5, max: 2 } } }, "sizes.agents.max: 2"],
    [{ mode: "standard", pools: { agents: { machineType: "large" } } }, "sizes.agents.machineType: 'large'"],
    [{ mode: "standard", pools: { agents: { machineType: "e2-medium" } } }, "GKE Sandbox doesn't run on e2-medium"],
    [{ mode: "standard", pools: { browsers: { diskGb: 10 } } }, "sizes.browsers.diskGb: 10"],
  ] as [Partial<GkeArgs>, string][])("refuses %j", (more, message) => {
    expect(() => new Gke("gke", { ...base, ...more })).toThrow(message);
  });
});

describe("the pools", () => {
  it("are asked for by exactly the labels and taints that their nodes carry", () => {
    for (const pool of poolNames)
      for (const spot of [true, false]) {
        const marks = nodeMarks(pool, pool === "agents" && spot);
        const spotNodes = nodesOf(pool, { mode: "standard", spot, sandbox: true });
        expect(marks.labels).toMatchObject(spotNodes.nodeSelector);
        expect(spotNodes.tolerations.map(({ key, value }) => `${key}=${value}`)).toEqual(
          marks.taints.map(({ key, value }) => `${key}=${value}`),
        );
      }
  });

  it("need no names on Autopilot: agents ask for spot and the sandbox only", () => {
    expect(nodesOf("agents", { mode: "autopilot", spot: true, sandbox: true })).toEqual({
      nodeSelector: { "cloud.google.com/gke-spot": "true" },
      tolerations: [],
      runtimeClassName: "gvisor",
    });
    expect(nodesOf("browsers", { mode: "autopilot", spot: true, sandbox: true })).toEqual({
      nodeSelector: {},
      tolerations: [],
      runtimeClassName: "gvisor",
    });
  });

  it("can do without spot and sandbox", async () => {
    const all = await registeredBy(
      () => new NodePools("p", { ...scope, cluster: "c", serviceAccount: "a@b", spot: false, sandbox: false }),
    );
    const agents = inputsOf(all, "NodePool", "agents").nodeConfig;
    expect(agents.spot).toBe(false);
    expect(agents).not.toHaveProperty("sandboxConfig");
    expect(agents.taints).toHaveLength(1);
  });
});

describe("the kubeconfig", () => {
  const parts = { name: "gke_p_r_c", endpoint: "10.0.0.2", certificateAuthority: "Q0E=" };

  it("asks Google for tokens at the DNS endpoint and holds no key", () => {
    const config = JSON.parse(kubeconfigOf({ ...parts, dnsEndpoint: "gke-1.europe-west1.gke.goog" }));
    expect(config.clusters[0].cluster).toEqual({ server: "https://gke-1.europe-west1.gke.goog" });
    expect(config.users[0].user.exec.command).toBe("gke-gcloud-auth-plugin");
    expect(Object.keys(config.users[0].user)).toEqual(["exec"]);
  });

  it("trusts the cluster's own authority at its address", () => {
    const { cluster } = JSON.parse(kubeconfigOf(parts)).clusters[0];
    expect(cluster).toEqual({ server: "https://10.0.0.2", "certificate-authority-data": "Q0E=" });
  });

  it("says which cluster has no address", () => {
    expect(() => kubeconfigOf({ name: "c" })).toThrow("the cluster c doesn't say where its API server is");
  });
});

describe("the backup plan", () => {
  const plan = (more: Partial<BackupPlanArgs> = {}) =>
    registeredBy(() => new BackupPlan("backup", { ...scope, cluster: "c", kmsKey: "k", ...more }));

  it("keeps objects, Secrets and volumes daily for a month, locked for a week, under its own key", async () => {
    expect(inputsOf(await plan(), "BackupPlan")).toMatchObject({
      backupSchedule: { cronSchedule: "0 3 * * *" },
      retentionPolicy: { backupRetainDays: 30, backupDeleteLockDays: 7 },
      backupConfig: { allNamespaces: true, includeSecrets: true, encryptionKey: { gcpKmsEncryptionKey: "k" } },
      labels: { owner: "platform" },
    });
  });

  it.each([
    [{ retainDays: 0 }, "retainDays: 0"],
    [{ lockDays: 40 }, "lockDays: 40 is not a whole number from 0 to 30"],
    [{ schedule: "daily" }, "schedule: 'daily'"],
    [
      { backupRegion: "europe-west4", kmsKey: "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/backups" },
      "backupRegion: the key is in europe-west1",
    ],
  ] as [Partial<BackupPlanArgs>, string][])("refuses %j", (more, message) => {
    expect(() => new BackupPlan("b", { ...scope, cluster: "c", ...more })).toThrow(message);
  });
});
