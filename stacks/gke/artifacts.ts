// The tenants' buckets, and who may do what below which prefix of them.
import { CONSOLE_NAME } from "@agentic/api/console.ts";
import { AGENT_SERVICE_ACCOUNT, NAMESPACES, tenantNamespace } from "@agentic/api/names.ts";
import { argoServerPart } from "../../components/argo/argo-workflows.ts";
import { ARGO_PREFIX } from "../../components/argo/workflow-defaults.ts";
import { ArtifactBucket } from "../../components/gcp/artifact-bucket.ts";
import { BucketAccess } from "../../components/gcp/workload-identity.ts";
import type { ObjectStore } from "../external-services.ts";
import type { GcpContext } from "./context.ts";

/** Registers a bucket for each tenant and returns the store as the platform takes it. */
export function artifactStore({ config, scope, keys, root }: GcpContext): ObjectStore {
  const { prefixes = ["job_"], softDeleteDays, noncurrentDays } = config.gke?.artifacts ?? {};
  const buckets = config.tenants.map(
    (tenant) =>
      new ArtifactBucket(
        `${tenant.name}-artifacts`,
        {
          ...scope,
          bucket: tenant.bucket,
          tenant: tenant.name,
          tenantOwner: tenant.owner,
          tenantCostCenter: tenant.costCenter,
          kmsKey: keys?.key("artifacts"),
          retentionDays: config.artifactRetentionDays,
          softDeleteDays,
          noncurrentDays,
        },
        root,
      ),
  );
  const [first] = buckets;
  const [firstTenant] = config.tenants;
  config.tenants.forEach(({ name, bucket: bucketName }, i) => {
    const account = { namespace: tenantNamespace(name), serviceAccount: AGENT_SERVICE_ACCOUNT };
    const bucket = buckets[i]?.bucket ?? bucketName;
    new BucketAccess(`${name}-agents`, { ...scope, bucket, bucketName, account, prefixes, access: "write" }, root);
    if (config.components.console.enabled)
      new BucketAccess(
        `${name}-console`,
        {
          ...scope,
          bucket,
          bucketName,
          account: { namespace: NAMESPACES.system, serviceAccount: CONSOLE_NAME },
          prefixes,
          access: "read",
        },
        root,
      );
    // All tenants share Argo's default repository; each may use its own prefix of it.
    if (first && firstTenant)
      new BucketAccess(
        `${name}-argo`,
        {
          ...scope,
          bucket: first.bucket,
          bucketName: firstTenant.bucket,
          account,
          prefixes: [`${ARGO_PREFIX}${account.namespace}/`],
          access: "write",
        },
        root,
      );
  });
  if (first && firstTenant)
    new BucketAccess(
      argoServerPart,
      {
        ...scope,
        bucket: first.bucket,
        bucketName: firstTenant.bucket,
        account: { namespace: NAMESPACES.argoWorkflows, serviceAccount: argoServerPart },
        prefixes: [ARGO_PREFIX],
        access: "read",
      },
      root,
    );
  return { kind: "gcs", url: "gs://storage.googleapis.com" };
}
