// The configuration of Argo's controller: limits, what pods get by default, archive and artifacts.
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import type { NodeChoice } from "../scheduling/placement.ts";
import { restrictedContainer } from "../security/pod.ts";
import { type ArtifactRepository, artifactRepository, podDefaults } from "./workflow-defaults.ts";

/** What the controller's configuration says of the platform around it. */
export interface ControllerSettingsArgs {
  /** Postgres database of the archive. */
  archive: {
    host: string;
    port: number;
    database: string;
    user: pulumi.Input<string>;
    password: pulumi.Input<string>;
    /**
     * How it is known to be itself: by its name in a certificate of the platform's authority, or by an authority of its own,
     * which Argo's configuration has no place for. Absent: it speaks in clear text.
     */
    tls?: "verify-full" | "verify-ca";
  };
  /**
   * Default repository of artifacts that templates declare: `s3` with the keys of each tenant's own Secret `object-store`,
   * `gcs` (Cloud Storage) with each pod's own identity.
   */
  objectStore?: ArtifactRepository;
  /** Nodes of the workflows' pods. Default: any. */
  agentNodes?: NodeChoice;
}

/** Data of the ConfigMap: each value is YAML, and JSON is YAML. `database` is the Secret of the archive's user. */
export function controllerSettings(
  args: ControllerSettingsArgs,
  limits: { parallelism: number; namespaceParallelism: number; archiveDays: number },
  database: pulumi.Input<string>,
): Record<string, pulumi.Input<string>> {
  const secret = (key: string) => ({ name: database, key });
  const { archive, objectStore } = args;
  return {
    parallelism: String(limits.parallelism),
    namespaceParallelism: String(limits.namespaceParallelism),
    metricsConfig: JSON.stringify({
      enabled: true,
      path: "/metrics",
      port: images.argoController.ports.metrics,
      secure: false,
    }),
    executor: JSON.stringify({
      // stacks/config/cost.ts reckons with them.
      resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
      securityContext: restrictedContainer,
    }),
    mainContainer: JSON.stringify({
      resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "1", memory: "512Mi" } },
      securityContext: restrictedContainer,
    }),
    workflowDefaults: JSON.stringify({
      spec: {
        securityContext: {
          runAsNonRoot: true,
          runAsUser: images.argoController.uid,
          seccompProfile: { type: "RuntimeDefault" },
        },
        ttlStrategy: { secondsAfterCompletion: 604_800 },
        podGC: { strategy: "OnWorkflowSuccess" },
        ...(args.agentNodes ? podDefaults(args.agentNodes) : {}),
      },
    }),
    persistence: pulumi.jsonStringify({
      archive: true,
      archiveTTL: `${limits.archiveDays}d`,
      nodeStatusOffLoad: false,
      connectionPool: { maxIdleConns: 2, maxOpenConns: 10, connMaxLifetime: "600s" },
      postgresql: {
        host: archive.host,
        port: archive.port,
        database: archive.database,
        tableName: "argo_workflows",
        userNameSecret: secret("username"),
        passwordSecret: secret("password"),
        ...(archive.tls
          ? { ssl: true, sslMode: archive.tls === "verify-full" ? "verify-full" : "require" }
          : { ssl: false }),
      },
    }),
    ...(objectStore ? { artifactRepository: JSON.stringify(artifactRepository(objectStore)) } : {}),
  };
}
