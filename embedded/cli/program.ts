// Deploys the platform's program with this machine's configuration: the kubeconfig, the images, the workflow engine.
import { dirname, join } from "node:path";
import { sigstoreImage } from "../../components/security/sigstore-names.ts";
import type { GivenComponents } from "../../stacks/config/components.ts";
import { readConfig } from "../deploy/config/config.ts";
import { readProject } from "../deploy/config/project.ts";
import {
  type DeployEvent,
  preview as previewStack,
  renderTo,
  type StackOptions,
  type Summary,
  up,
} from "../deploy/deploy.ts";
import { print } from "../deploy/kubernetes/diff.ts";
import { KNOWN_LATER } from "../deploy/render.ts";
import { applyWords } from "../deploy/render-steps.ts";
import { type BuildName, type Images, telemetryImages } from "../images/images.ts";
import { sandboxClass } from "../node/config.ts";
import { consoleAt, networkOf } from "../node/instance.ts";
import { stateDir } from "../node/paths.ts";
import type { Progress } from "../node/progress.ts";
import { allowsUserNamespaces, browserProfile } from "../node/seccomp.ts";
import { instance, isKeyless, isSandboxed, type Node } from "./instance.ts";
import { standIns } from "./policy.ts";
import { ownRotation } from "./rotation.ts";
import { prepareImages } from "./setup.ts";
import { listedConfig, signedConfig } from "./signed-images.ts";

const directory = dirname(dirname(import.meta.dirname));
const stack = process.env.STACK || "embedded";

/** Cluster of a render while none is up: the addresses that instance 0 would have. */
const { nodeIp, registryIp, resolverIp, prometheusIp, jaegerIp, consoleIp, consolePort } = networkOf(0);
const unknownCluster = {
  kind: "none",
  apiServerCidrs: [`${nodeIp}/32`],
  registryAddress: registryIp,
  resolverAddress: resolverIp,
  prometheusAddress: prometheusIp,
  jaegerAddress: jaegerIp,
  consoleAddress: consoleIp,
};

/** The profile that every node has, where this machine's kernel lets it work. */
const sandbox = () => (allowsUserNamespaces() ? { browserSeccompProfile: browserProfile } : {});

function optionsFor(
  node: Node | undefined,
  images: Images,
  on: (event: DeployEvent) => void,
  built: Built = everything,
): StackOptions {
  return {
    directory,
    stack,
    kubeconfig: node?.kubeconfig,
    config: {
      cluster: node
        ? {
            kind: "existing",
            kubeconfig: node.kubeconfig,
            context: node.context,
            apiServerCidrs: [node.apiServerCidr],
            registryAddress: node.registryAddress,
            resolverAddress: node.resolverAddress,
            prometheusAddress: node.prometheusAddress,
            jaegerAddress: node.jaegerAddress,
            consoleAddress: node.consoleAddress,
            ...sandbox(),
          }
        : { ...unknownCluster, ...sandbox() },
      ...(isSandboxed ? { sandbox: sandboxClass } : {}),
      ...withConsoleLinks(settingsOf(images, built), node?.consolePort ?? consolePort),
      rotation: ownRotation(),
    },
    on,
  };
}

/** Which parts of the platform have their images already: the first run brings up the others after its report. */
export interface Built {
  /** Those that check signatures. */
  signing: boolean;
  /** Those of telemetry. */
  telemetry: boolean;
}

const everything: Built = { signing: true, telemetry: true };

/** Config that depends on the available images. */
export function settingsOf(images: Images, { signing, telemetry }: Built = everything): Record<string, unknown> {
  return {
    ...(telemetry ? {} : { telemetry: { mode: "off" } }),
    workflowEngine: images.argo ? "argo" : "builtin",
    eventEngine: images.argoEvents ? "argo" : "builtin",
    ...(signing ? withSigstore(signedConfig(images, stackComponents())) : listedConfig(images, stackComponents())),
  };
}

/** The config with the Sigstore in the cluster where it is asked for. */
function withSigstore<Given extends { components?: GivenComponents }>(config: Given): Given {
  if (!isKeyless()) return config;
  const { components = stackComponents() } = config;
  const sigstore = { image: sigstoreImage.ref, ...components.sigstore, enabled: true };
  return { ...config, components: { ...components, sigstore } };
}

/** The config with the operator's messages leading to the console by its port of this machine, unless the stack's file says otherwise. */
function withConsoleLinks<Given extends { components?: GivenComponents }>(config: Given, port: number): Given {
  const { components = stackComponents() } = config;
  if (components.console?.enabled === false) return config;
  const { operator } = components;
  const values = { consoleUrl: consoleAt(port), ...operator?.values };
  return { ...config, components: { ...components, operator: { ...operator, values } } };
}

/** Section `components` of the stack's own file. */
export function stackComponents(): GivenComponents {
  return stackSection("components") as GivenComponents;
}

/** A section of the stack's own file. */
export function stackSection(name: "components" | "rotation" | "telemetry"): object {
  const project = readProject(directory);
  const { values } = readConfig({ project, stack });
  return JSON.parse(values[`${project.name}:${name}`] ?? "{}");
}

/** Whether the stack has the components that check signatures. */
export function checksSignatures(): boolean {
  const { registry, policyController } = stackComponents();
  return registry?.enabled === true && policyController?.enabled === true;
}

/** Images that the stack's components don't run from. */
export const unusedImages = (): readonly BuildName[] => (hasTelemetry() ? [] : telemetryImages);

/** Whether the stack runs Prometheus and the rest of telemetry in the cluster. */
export function hasTelemetry(): boolean {
  return (stackSection("telemetry") as { mode?: string }).mode === "builtin";
}

/** Applies the platform and waits until it is ready. Throws with what failed. `built` as for `settingsOf`. */
export async function deploy(
  node: Node & { prepared: { images: Images } },
  progress: Progress,
  built: Built = everything,
): Promise<Summary & { text: string }> {
  const waiting = new Map<string, string>();
  const say = () => {
    const [first] = waiting;
    if (first) progress(`${waiting.size} to go: ${first[0]}${first[1] ? ` waits for ${first[1]}` : ""}`);
  };
  const summary = await up(
    optionsFor(
      node,
      node.prepared.images,
      (event) => {
        if (event.kind === "log") return progress(event.message);
        if (event.state === "start" || event.state === "waiting") waiting.set(event.label, event.message ?? "");
        else waiting.delete(event.label);
        say();
      },
      built,
    ),
  );
  if (summary.failures.length > 0) throw new Error(failed(summary));
  return { ...summary, text: counts(summary) };
}

/** Shows what `up` would change, field by field. */
export async function preview(): Promise<void> {
  const node = await instance();
  const images = await prepareImages(unusedImages());
  const summary = await previewStack(optionsFor(node, images, show));
  console.log(counts(summary));
  if (summary.failures.length > 0) throw new Error(failed(summary));
}

/** Writes the platform's objects to out/render. A running cluster is only asked for its address. */
export async function render(): Promise<void> {
  if (makesItsCluster()) return await renderWithoutCluster();
  const node = await instance().catch(() => undefined);
  const images = await prepareImages(unusedImages());
  const files = await renderPlatform(node, images);
  console.log(`${files.length} objects in out/render`);
  console.log(applyWords("out/render", files));
}

/** Whether the stack's program makes the cluster itself, such as on GKE: then nothing of this machine is used. */
function makesItsCluster(): boolean {
  const project = readProject(directory);
  const { values } = readConfig({ project, stack });
  const { kind = "existing" } = JSON.parse(values[`${project.name}:cluster`] ?? "{}") as { kind?: string };
  return kind !== "existing";
}

/** Writes the objects of such a stack for people to read: the cluster may not exist yet. */
async function renderWithoutCluster(): Promise<void> {
  const out = join(directory, "out", "render");
  const stateFile = stateDir(`render-${stack}.json`);
  const files = await renderTo({ directory, stack, config: standIns(stack), on: show, out, stateFile });
  await renderDashboards(out);
  console.log(
    `${files.length} objects of the stack ${stack} in out/render; '${KNOWN_LATER}' stands for values that aren't known yet.`,
  );
}

/** Renders and returns the files' names. */
export async function renderPlatform(node: Node | undefined, images: Images): Promise<string[]> {
  const out = join(directory, "out", "render");
  const stateFile = stateDir(`render-${stack}.json`);
  const files = await renderTo({ ...optionsFor(node, images, show), out, stateFile });
  await renderDashboards(out);
  return files;
}

/** Beside the objects, in a folder that no command applies. */
async function renderDashboards(out: string): Promise<void> {
  const { writeDashboards } = await import("../dashboards/files.ts");
  writeDashboards(join(out, "dashboards"));
}

function show(event: DeployEvent): void {
  if (event.kind === "log") console.error(event.message);
  if (event.kind === "log" || event.state !== "done" || event.operation === "same") return;
  const signs = { create: "+", update: "~", replace: "±", delete: "-", read: " ", same: " ", import: "=" };
  const detail = event.message ? `: ${event.message}` : "";
  console.log(`${signs[event.operation ?? "same"]} ${event.operation?.padEnd(8)} ${event.label}${detail}`);
  for (const change of event.changes ?? []) console.log(`      ${print(change)}`);
}

function counts({ created, updated, replaced, deleted, unchanged }: Summary): string {
  return `${created} created, ${updated} updated, ${replaced} replaced, ${deleted} deleted, ${unchanged} unchanged`;
}

function failed({ failures }: Summary): string {
  return `${failures.length} resource${failures.length > 1 ? "s" : ""} could not be made:\n${failures.map((text) => `  ${text}`).join("\n")}`;
}
