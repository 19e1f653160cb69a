// Builds the pod of a container or script template.
import { LABELS } from "@agentic/api/names.ts";
import { nodeId, podName } from "@agentic/api/pod-names.ts";
import { checkAnnotations, checkExecSize } from "./exec-size.ts";
import type { Frame } from "./frame.ts";
import { anyString } from "./globals.ts";
import { POD_DEADLINE_SECONDS, parseInteger } from "./integer.ts";
import { annotations, labels } from "./names.ts";
import type { Operation } from "./operation.ts";
import { substitute, substituteIn } from "./substitute.ts";
import { type Container, type Json, type JsonObject, type Pod, SpecError, type Template } from "./types.ts";

export const MAIN = "main";
/** The folder of the script, as in Argo. */
const SCRIPT_DIR = "/argo/staging";
const SCRIPT_FILE = "script";
const SCRIPT_VOLUME = "argo-staging";
/** The bytes that the kubelet keeps of a termination message; a message of this size may have been cut. */
export const MESSAGE_LIMIT = 4096;
/** The end of the log is the termination message of a container that fails without one. */
const MESSAGE_FROM_LOG: JsonObject = { terminationMessagePolicy: "FallbackToLogsOnError" };
/** Seconds between the workflow's deadline and the pod's, so that the engine ends the pod and says why. */
const DEADLINE_MARGIN = 5;

/** The one output parameter that the container passes on as its termination message. */
export function pathOutput(template: Template) {
  return template.outputs?.parameters?.find(({ valueFrom }) => valueFrom?.path);
}

/** Throws a SpecError where a required field is empty after substitution. */
function requireText(text: string, field: string): string {
  if (text === "") throw new SpecError(`${field}: is empty`);
  return text;
}

function check(container: Container, field: string): void {
  requireText(container.image ?? "", `${field}.image`);
  checkExecSize(container, field);
}

function mainContainer(frame: Frame): { container: Container; script?: string } {
  const { template, lookup } = frame;
  const output = pathOutput(template);
  const path = output?.valueFrom?.path;
  // The kubelet mounts this file into the container, and reads it when the container has ended, so that no sidecar is needed.
  const message: JsonObject =
    path === undefined
      ? {}
      : {
          terminationMessagePath: requireText(
            substitute(path, lookup),
            `outputs.parameters.${output?.name}.valueFrom.path`,
          ),
          terminationMessagePolicy: "File",
        };
  if (template.script) {
    const { source, ...rest } = substituteIn(template.script, lookup);
    const container: Container = { ...MESSAGE_FROM_LOG, ...rest, name: MAIN, ...message };
    if (!source) return { container };
    const mounts = Array.isArray(rest.volumeMounts) ? rest.volumeMounts : [];
    container.args = [...(rest.args ?? []), `${SCRIPT_DIR}/${SCRIPT_FILE}`];
    container.volumeMounts = [...mounts, { name: SCRIPT_VOLUME, mountPath: SCRIPT_DIR, readOnly: true }];
    return { container, script: source };
  }
  return {
    container: { ...MESSAGE_FROM_LOG, ...substituteIn(template.container ?? {}, lookup), name: MAIN, ...message },
  };
}

const scriptVolume: JsonObject = {
  name: SCRIPT_VOLUME,
  downwardAPI: {
    defaultMode: 0o555,
    items: [{ path: SCRIPT_FILE, fieldRef: { fieldPath: `metadata.annotations['${annotations.script}']` } }],
  },
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isEmpty = (fields: object | undefined) => Object.keys(fields ?? {}).length === 0;

/** The volumes that the containers mount, from the template or else from the workflow. */
function volumesFor(op: Operation, frame: Frame, containers: Container[]): JsonObject[] {
  const volumesByName = new Map<string, JsonObject>();
  for (const volume of [...(op.spec.volumes ?? []), ...(frame.template.volumes ?? [])])
    volumesByName.set(substitute(String(volume.name), frame.lookup), volume);
  const mountNames = new Set<string>();
  for (const { volumeMounts, volumeDevices } of containers) {
    for (const mount of [volumeMounts, volumeDevices].flatMap((list) => (Array.isArray(list) ? list : []))) {
      if (isObject(mount) && mount.name !== SCRIPT_VOLUME) mountNames.add(String(mount.name));
    }
  }
  return [...mountNames].map((name) => {
    const volume = volumesByName.get(name);
    if (!volume) throw new SpecError(`volume '${name}' not found in workflow spec`);
    return substituteIn(volume, frame.lookup);
  });
}

function activeDeadline(op: Operation, frame: Frame): number | undefined {
  const limits: number[] = [];
  const { activeDeadlineSeconds } = frame.template;
  if (activeDeadlineSeconds !== undefined) {
    const seconds = substitute(anyString(activeDeadlineSeconds), frame.lookup);
    limits.push(parseInteger(seconds, "activeDeadlineSeconds", POD_DEADLINE_SECONDS));
  }
  const secondsUntil = (time: number) => Math.ceil((time - op.now.getTime()) / 1000);
  if (frame.until !== undefined) limits.push(secondsUntil(frame.until));
  if (op.deadline !== undefined && !frame.onExit) limits.push(secondsUntil(op.deadline) + DEADLINE_MARGIN);
  const { min, max } = POD_DEADLINE_SECONDS;
  return limits.length > 0 ? Math.max(Math.min(...limits, max), min) : undefined;
}

/** An object without its empty fields; Argo's types write empty strings for absent ones. */
function withoutEmptyFields(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => {
      const isUnset = value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
      return isUnset ? [] : [[key, value]];
    }),
  );
}

const workloadLabel = (metadata: Record<string, string> | undefined): Record<string, string> => {
  const workload = metadata?.[LABELS.workload];
  return workload === undefined ? {} : { [LABELS.workload]: workload };
};

function metadataOf(op: Operation, frame: Frame, script: string | undefined) {
  const { template, lookup, name } = frame;
  const resolved = substituteIn({ spec: op.spec.podMetadata ?? {}, template: template.metadata ?? {} }, lookup);
  return {
    labels: {
      // So that the pods of a workload can be selected by its name.
      ...workloadLabel(op.workflow.metadata.labels),
      ...resolved.spec.labels,
      ...resolved.template.labels,
      [labels.workflow]: op.name,
      [labels.completed]: "false",
      ...(frame.onExit ? { [labels.onExit]: "true" } : {}),
    },
    annotations: {
      ...resolved.spec.annotations,
      ...resolved.template.annotations,
      [annotations.nodeName]: name,
      [annotations.nodeId]: nodeId(op.name, name),
      [annotations.defaultContainer]: MAIN,
      ...(script === undefined ? {} : { [annotations.script]: script }),
    },
  };
}

/** A container of the template's own beside the main one, with the main one's volume mounts where it asks for them. */
function withMirroredMounts({ mirrorVolumeMounts, ...container }: Container, main: Container): Container {
  if (mirrorVolumeMounts !== true) return container;
  const mounts = [container.volumeMounts, main.volumeMounts].flatMap((list) => (Array.isArray(list) ? list : []));
  return { ...container, volumeMounts: mounts };
}

/** The pod of a call. Throws a SpecError where the template has a field that is empty, too large or without its volume. */
export function buildPod(op: Operation, frame: Frame): Pod {
  const { template, lookup } = frame;
  const { spec, workflow } = op;
  const { container, script } = mainContainer(frame);
  const initContainers = substituteIn(template.initContainers ?? [], lookup).map((init) => ({
    ...MESSAGE_FROM_LOG,
    ...withMirroredMounts(init, container),
  }));
  check(container, template.script ? "script" : "container");
  for (const [index, init] of initContainers.entries()) check(init, `initContainers[${index}]`);
  const volumes = volumesFor(op, frame, [container, ...initContainers]);
  if (script !== undefined) volumes.push(scriptVolume);
  const resolve = <T>(value: T) => substituteIn(value, lookup);
  // The template's value, or the workflow's where the template's is empty after substitution.
  const resolveFirst = (ofTemplate: string | undefined, ofWorkflow: string | undefined) =>
    resolve(ofTemplate) || resolve(ofWorkflow);
  const deadline = activeDeadline(op, frame);
  const metadata = metadataOf(op, frame, script);
  checkAnnotations(metadata.annotations, script);

  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podName(op.name, frame.name, template.name),
      namespace: workflow.metadata.namespace,
      ...metadata,
      ownerReferences: [
        {
          apiVersion: workflow.apiVersion ?? "argoproj.io/v1alpha1",
          kind: workflow.kind ?? "Workflow",
          name: op.name,
          uid: workflow.metadata.uid ?? "",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: withoutEmptyFields({
      restartPolicy: "Never",
      containers: [container],
      initContainers,
      volumes,
      activeDeadlineSeconds: deadline,
      resources: resolve(template.podResources ?? spec.podResources),
      resourceClaims: resolve(template.resourceClaims?.length ? template.resourceClaims : spec.resourceClaims),
      serviceAccountName: resolveFirst(template.serviceAccountName, spec.serviceAccountName),
      // Only a step that asks for it gets a token for the API server.
      automountServiceAccountToken: template.automountServiceAccountToken ?? spec.automountServiceAccountToken ?? false,
      securityContext: resolve(template.securityContext ?? spec.securityContext),
      imagePullSecrets: resolve(spec.imagePullSecrets),
      nodeSelector: resolve(isEmpty(template.nodeSelector) ? spec.nodeSelector : template.nodeSelector),
      affinity: resolve(template.affinity ?? spec.affinity),
      tolerations: resolve(template.tolerations?.length ? template.tolerations : spec.tolerations),
      priorityClassName: resolveFirst(template.priorityClassName, spec.podPriorityClassName),
      schedulerName: resolveFirst(template.schedulerName, spec.schedulerName),
      hostAliases: resolve([...(spec.hostAliases ?? []), ...(template.hostAliases ?? [])]),
      hostNetwork: spec.hostNetwork,
      dnsPolicy: resolve(spec.dnsPolicy),
      dnsConfig: resolve(spec.dnsConfig),
    }),
  };
}
