// A stack of the program `any` for a test: what it shall make is said beside what is expected of it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import {
  type DeployEvent,
  destroy,
  preview,
  type ResourceEvent,
  type StackOptions,
  type Summary,
  up,
} from "../../../embedded/deploy/deploy.ts";
import { Cluster, type KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import type { ApiServer } from "../apiserver.ts";

/** A resource as a test asks for it. */
export interface RequestedResource
  extends Pick<
    CustomResourceOptions,
    | "additionalSecretOutputs"
    | "aliases"
    | "customTimeouts"
    | "envVarMappings"
    | "hideDiffs"
    | "ignoreChanges"
    | "import"
    | "pluginDownloadURL"
    | "protect"
    | "replaceOnChanges"
    | "replacementTrigger"
    | "retainOnDelete"
    | "version"
    | "deleteBeforeReplace"
  > {
  /** A resource type, or `group` for a component, or `provider` for one of kubernetes. */
  type: string;
  name: string;
  args?: Record<string, unknown>;
  /** Names of other resources of the list. */
  dependsOn?: string[];
  parent?: string;
  provider?: string;
  /** Of a component. */
  providers?: string[];
  deletedWith?: string;
  replaceWith?: string[];
  /** An option whose value is a function of the program. */
  calls?: "hooks" | "transforms" | "stateMigrations" | "transformations";
}

const programs = join(import.meta.dirname, "programs");
/** Folder of a program. */
export const program = (name: string): string => join(programs, name);

const root = join(import.meta.dirname, "../../..");

/** Folder of the program `any` as one of a project with another name; it goes with the process' temporary files. */
export function projectNamed(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const main = relative(folder, join(program("any"), "index.ts"));
  writeFileSync(join(folder, "Pulumi.yaml"), JSON.stringify({ name, runtime: "nodejs", main }));
  return folder;
}

/** A ConfigMap of a test. */
export const map = (
  name: string,
  data: Record<string, string>,
  more: Partial<RequestedResource> = {},
): RequestedResource => ({
  type: "kubernetes:core/v1:ConfigMap",
  name,
  ...more,
  args: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data, ...more.args },
});

/** What a stack tells in a run. */
export interface RunResult {
  summary: Summary;
  events: ResourceEvent[];
  all: DeployEvent[];
  /** `operation label` of each resource that is done, sorted; unchanged ones and components left out. */
  changes: string[];
}

export class TestStack {
  readonly options: StackOptions;
  readonly cluster: Cluster;

  constructor(server: ApiServer, stack: string, directory = program("any")) {
    this.options = { directory, stack, kubeconfig: server.kubeconfig };
    this.cluster = new Cluster(server.kubeconfig);
  }

  async up(resources: RequestedResource[], config: Record<string, unknown> = {}): Promise<RunResult> {
    return await this.run(up, { resources, ...config });
  }

  async preview(resources: RequestedResource[], config: Record<string, unknown> = {}): Promise<RunResult> {
    return await this.run(preview, { resources, ...config });
  }

  async destroy(): Promise<RunResult> {
    return await this.run(destroy, {});
  }

  async run(command: (options: StackOptions) => Promise<Summary>, config: Record<string, unknown>): Promise<RunResult> {
    const all: DeployEvent[] = [];
    const summary = await command({ ...this.options, config, on: (event) => all.push(event) });
    const events = all.filter((event) => event.kind === "resource");
    const changes = events
      .filter(({ state, operation }) => state === "done" && operation !== "same")
      .map(({ operation, label }) => `${operation} ${label}`)
      .sort();
    return { summary, events, all, changes };
  }

  async get(kind: string, name: string, namespace = "default", apiVersion = "v1"): Promise<KubeObject | undefined> {
    return await this.cluster.get({ apiVersion, kind, namespace, name });
  }
}

const watched = [
  ["v1", "Namespace"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "ServiceAccount"],
  ["v1", "Service"],
  ["v1", "PersistentVolumeClaim"],
  ["apps/v1", "Deployment"],
  ["rbac.authorization.k8s.io/v1", "Role"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding"],
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
  ["coordination.k8s.io/v1", "Lease"],
] as const;

/** resourceVersions of everything that tests make, by kind and name; what the cluster makes for itself is left out. */
export async function versions(cluster: Cluster): Promise<Record<string, string>> {
  const lists = await Promise.all(watched.map(([apiVersion, kind]) => cluster.list({ apiVersion, kind }, "")));
  return Object.fromEntries(
    lists
      .flat()
      .filter(({ metadata: { name, namespace } }) => namespace !== "kube-system" || /^(any|small)-/.test(name))
      .filter(({ metadata: { name } }) => !name.startsWith("kube-") && !["default", "kubernetes"].includes(name))
      .map(({ kind, metadata }) => [
        `${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
        metadata.resourceVersion ?? "",
      ]),
  );
}

/** Runs kubectl and returns what it says. */
export function kubectl(server: ApiServer, ...args: string[]): string {
  return execFileSync(join(server.bin, "kubectl"), ["--kubeconfig", server.kubeconfig, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
