// What runs the workflows: Argo Workflows, or the built-in engine where Argo's images can't be had.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import { ArgoWorkflows, controller } from "../components/argo/argo-workflows.ts";
import { BuiltinEngine, enginePart, engineTenantRules } from "../components/argo/builtin-engine.ts";
import { controllerChanges, controllerTenantRules } from "../components/argo/rights.ts";
import type { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { images } from "../components/images.ts";
import type { NodeChoice } from "../components/scheduling/placement.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import type { Issuer } from "../components/security/certificates.ts";
import { EngineAdmission } from "../components/tenancy/engine-admission.ts";
import type { EngineRights } from "../components/tenancy/tenant.ts";
import type { Config } from "./config/config.ts";
import type { DataServices } from "./data-services.ts";
import { logsUrlOf } from "./telemetry.ts";

/** What the engine gets of the rest of the platform. */
export interface WorkflowEngineArgs {
  namespaces: PlatformNamespaces;
  priorities: PriorityClasses;
  data: DataServices;
  /** Definitions of Argo's kinds, which both engines serve. */
  definitions: pulumi.Resource[];
  /** Nodes of the workflows' pods. Default: any. */
  agentNodes?: NodeChoice;
  /** Signs the server's certificate, where the services have certificates. */
  issuer?: Issuer;
}

/** What each tenant gives the engine in its namespace. */
export function engineRights(config: Config): EngineRights {
  const namespace = NAMESPACES.argoWorkflows;
  return config.workflowEngine === "builtin"
    ? { account: { name: enginePart, namespace }, rules: engineTenantRules }
    : { account: { name: controller, namespace }, rules: controllerTenantRules };
}

/** Registers the engine that the config names; nothing where the config switches workflows off. */
export function createWorkflowEngine(
  config: Config,
  { namespaces, priorities, data, definitions, agentNodes, issuer }: WorkflowEngineArgs,
  root: pulumi.ComponentResourceOptions,
): void {
  const { objectStore, postgres, postgresTenants } = data;
  const { image, version, replicas, resources, values, enabled } = config.components.workflows;
  if (!enabled) return;
  new EngineAdmission("engine-admission", { account: engineRights(config).account }, root);
  const priorityClass = priorities.get("critical");
  const namespace = namespaces.get(NAMESPACES.argoWorkflows);
  // A team's own stack may be of a release that gives the engine no rights in its namespace: admission keeps the engine to
  // tenants' namespaces all the same. Into pods it gets only where a namespace's own Role lets it.
  const changes = config.workflowEngine === "builtin" ? engineTenantRules : controllerChanges;
  const rightsEverywhere = config.tenants.some(({ external }) => external) ? changes : [];
  const runtimeClass = agentNodes?.runtimeClassName;
  if (config.workflowEngine === "builtin")
    new BuiltinEngine(
      "engine",
      {
        namespace,
        image: image ?? config.images.workflowEngine ?? "",
        resources,
        priorityClass,
        rightsEverywhere,
        runtimeClass,
        logsUrl: logsUrlOf(config),
      },
      { ...root, dependsOn: definitions },
    );
  else if (postgres)
    new ArgoWorkflows(
      "workflows",
      {
        namespace,
        archive: {
          host: postgres.host,
          port: postgres.port,
          database: "argo",
          user: postgres.archive.user,
          password: postgres.archive.password,
          tls: postgres.server.tls?.mode,
        },
        ...(objectStore
          ? {
              objectStore: {
                ...objectStore,
                bucket: config.tenants[0]?.bucket ?? "",
                trusted: objectStore.kind === "s3" && issuer !== undefined,
              },
            }
          : {}),
        issuer,
        rightsEverywhere,
        agentNodes,
        resources,
        replicas,
        priorityClasses: { controller: priorityClass, server: priorities.get("platform") },
        parallelism: values.parallelism,
        namespaceParallelism: values.namespaceParallelism,
        archiveDays: values.archiveDays,
        images: {
          controller: values.controllerImage ?? tagged(images.argoController.ref, version),
          executor: values.executorImage ?? tagged(images.argoExecutor.ref, version),
          server: values.serverImage ?? tagged(images.argoServer.ref, version),
        },
      },
      // Controller and server exit where the archive doesn't answer, and Kubernetes waits longer before each restart.
      {
        ...root,
        dependsOn: [
          ...definitions,
          ...(postgres.archive.madeBySetup && postgresTenants ? [postgresTenants] : [postgres]),
        ],
      },
    );
}

/** An image's reference with another tag, where there is one. */
function tagged(ref: string, tag: string | undefined): string {
  return tag ? ref.replace(/:[^:/]+$/, `:${tag}`) : ref;
}
