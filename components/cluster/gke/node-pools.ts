// Node pools of a Standard cluster: one for the platform, one for agents (spot, sandboxed), one for browsers.
import { NodePool } from "@pulumi/gcp/container/nodePool.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope, gcpLabels } from "../../gcp/scope.ts";
import { checkWholeNumbers } from "../../numbers.ts";
import { nodeMarks, type PoolName, type PoolShape, poolNames } from "./pools.ts";

/** Size of a pool. */
export interface PoolSize {
  /** Such as `e2-standard-4`. */
  machineType?: string;
  /** Nodes at least, in all zones together. */
  min?: number;
  /** Nodes at most, in all zones together. */
  max?: number;
  /** GiB of each node's disk. Default 100. */
  diskGb?: number;
}

/** Agents' and browsers' pools shrink to nothing while nobody works. */
const defaultSizes: Record<PoolName, Required<PoolSize>> = {
  system: { machineType: "e2-standard-4", min: 1, max: 6, diskGb: 100 },
  agents: { machineType: "e2-standard-4", min: 0, max: 20, diskGb: 100 },
  browsers: { machineType: "e2-standard-4", min: 0, max: 10, diskGb: 100 },
};

export interface NodePoolsArgs extends GcpScope, Omit<PoolShape, "mode"> {
  cluster: pulumi.Input<string>;
  /** Email of the nodes' account. */
  serviceAccount: pulumi.Input<string>;
  sizes?: Partial<Record<PoolName, PoolSize>>;
  /** Key of the nodes' disks; absent: Google's own. */
  diskKey?: string;
}

/** The three pools. Each has shielded nodes, an own account, no legacy metadata, and grows and shrinks by itself. */
export class NodePools extends pulumi.ComponentResource {
  constructor(name: string, args: NodePoolsArgs, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    const sizes = poolNames.map((pool) => [pool, { ...defaultSizes[pool], ...args.sizes?.[pool] }] as const);
    for (const [pool, { machineType, min, max, diskGb }] of sizes) {
      const at = `sizes.${pool}`;
      if (!/^[a-z][a-z0-9]*-[a-z0-9-]+$/.test(machineType))
        throw new Error(`${at}.machineType: '${machineType}' is not a valid machine type such as e2-standard-4`);
      checkWholeNumbers({ [`${at}.min`]: min }, { from: 0 });
      checkWholeNumbers({ [`${at}.max`]: max }, { from: Math.max(min, 1) });
      checkWholeNumbers({ [`${at}.diskGb`]: diskGb }, { from: 30 });
      if (pool === "system" && min < 1)
        throw new Error(`${at}.min: 0 leaves no node that the platform could run on: at least 1`);
      if (pool !== "system" && args.sandbox && /^e2-(micro|small|medium)$/.test(machineType))
        throw new Error(`${at}.machineType: GKE Sandbox doesn't run on ${machineType}: take e2-standard-2 or larger`);
    }
    super("agentic:gke:NodePools", name, {}, options);
    for (const [pool, { machineType, min, max, diskGb }] of sizes) {
      const spot = pool === "agents" && args.spot;
      const sandbox = pool !== "system" && args.sandbox;
      new NodePool(
        `${name}-${pool}`,
        {
          project: args.project,
          location: args.region,
          cluster: args.cluster,
          name: pool,
          initialNodeCount: min > 0 ? 1 : 0,
          autoscaling: { totalMinNodeCount: min, totalMaxNodeCount: max, locationPolicy: spot ? "ANY" : "BALANCED" },
          management: { autoRepair: true, autoUpgrade: true },
          upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
          networkConfig: { enablePrivateNodes: true },
          nodeConfig: {
            machineType,
            diskSizeGb: diskGb,
            diskType: "pd-balanced",
            ...(args.diskKey ? { bootDiskKmsKey: args.diskKey } : {}),
            imageType: "COS_CONTAINERD",
            spot,
            ...(sandbox ? { sandboxConfig: { type: "GVISOR" } } : {}),
            serviceAccount: args.serviceAccount,
            // What the account may do is IAM's matter; scopes only ever took away from it.
            oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
            shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
            workloadMetadataConfig: { mode: "GKE_METADATA" },
            kubeletConfig: { insecureKubeletReadonlyPortEnabled: "FALSE", podPidsLimit: 4096 },
            metadata: { "disable-legacy-endpoints": "true" },
            ...nodeMarks(pool, spot),
            resourceLabels: { ...gcpLabels(args), pool },
          },
        },
        // The autoscaler changes the number of nodes after they are made.
        { parent: this, ignoreChanges: ["initialNodeCount"] },
      );
    }
    this.registerOutputs({});
  }
}
