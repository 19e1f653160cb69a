// The pod of a container or script template.
import { LABELS } from "@agentic/api/names.ts";
import { checkAnnotations, checkExecSize } from "./exec-size.ts";
import type { Frame } from "./frame.ts";
import { anyString } from "./globals.ts";
import { POD_DEADLINE_SECONDS, parseInteger } from "./integer.ts";
import { annotations, labels, nodeId, podName } from "./names.ts";
import type { Operation } from "./operation.ts";
import { substitute, substituteIn } from "./substitute.ts";
import { type Container, type Json, type JsonObject, type Pod, SpecError, type Template } from "./types.ts";

export const MAIN = "main";
/** Where Argo puts a script, too. */
const SCRIPT_DIR = "/argo/staging";
const SCRIPT_FILE = "script";
const SCRIPT_VOLUME = "argo-staging";
/** What the kubelet keeps of a termination message; a message of this size may have been cut. */
export const MESSAGE_LIMIT = 4096;
/** A container that fails without a termination message is told of by the end of its log. */
const LAST_WORDS: JsonObject = { terminationMessagePolicy: "FallbackToLogsOnError" };
/** The pod outlives the workflow's deadline by this much, so that it is the engine who says why it ended. */
const DEADLINE_MARGIN = 5;

/** The one output parameter that travels as the container's termination message. */
export function pathOutput(template: Template) {
  return template.outputs?.parameters?.find(({ valueFrom }) => valueFrom?.path);
}

/** Throws a SpecError when a field that a pod can't do without has become empty. */
function filled(text: string, field: string): string {
  if (text === "") throw new SpecError(`${field}: is empty`);
  return text;
}

function check(container: Container, field: string): void {
  filled(container.image ?? "", `${field}.image`);
  checkExecSize(container, field);
}

function mainContainer(frame: Frame): { container: Container; script?: string } {
  const { template, lookup } = frame;
  const output = pathOutput(template);
  const path = output?.valueFrom?.path;
  // The kubelet mounts this file into the container and reads it when the container has ended: no sidecar is needed.
  const message: JsonObject =
    path === undefined
      ? {}
      : {
          terminationMessagePath: filled(substitute(path, lookup), `outputs.parameters.${output?.name}.valueFrom.path`),
          terminationMessagePolicy: "File",
        };
  if (template.script) {
    const { source, ...rest } = substituteIn(template.script, lookup);
    const container: Container = { ...LAST_WORDS, ...rest, name: MAIN, ...message };
    if (!source) return { container };
    const mounts = Array.isArray(rest.volumeMounts) ? rest.volumeMounts : [];
    container.args = [...(rest.args ?? []), `${SCRIPT_DIR}/${SCRIPT_FILE}`];
    container.volumeMounts = [...mounts, { name: SCRIPT_VOLUME, mountPath: SCRIPT_DIR, readOnly: true }];
    return { container, script: source };
  }
  return { container: { ...LAST_WORDS, ...substituteIn(template.container ?? {}, lookup), name: MAIN, ...message } };
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
  const known = new Map<string, JsonObject>();
  for (const volume of [...(op.spec.volumes ?? []), ...(frame.template.volumes ?? [])])
    known.set(substitute(String(volume.name), frame.lookup), volume);
  const mountNames = new Set<string>();
  for (const { volumeMounts, volumeDevices } of containers) {
    for (const mount of [volumeMounts, volumeDevices].flatMap((list) => (Array.isArray(list) ? list : []))) {
      if (isObject(mount) && mount.name !== SCRIPT_VOLUME) mountNames.add(String(mount.name));
    }
  }
  return [...mountNames].map((name) => {
    const volume = known.get(name);
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
  const left = (until: number) => Math.ceil((until - op.now.getTime()) / 1000);
  if (frame.until !== undefined) limits.push(left(frame.until));
  if (op.deadline !== undefined && !frame.onExit) limits.push(left(op.deadline) + DEADLINE_MARGIN);
  const { min, max } = POD_DEADLINE_SECONDS;
  return limits.length > 0 ? Math.max(Math.min(...limits, max), min) : undefined;
}

/** An object without the fields that have no value; Argo's types write empty strings for absent ones. */
function present(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => {
      const empty = value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
      return empty ? [] : [[key, value]];
    }),
  );
}

const carried = (metadata: Record<string, string> | undefined): Record<string, string> => {
  const workload = metadata?.[LABELS.workload];
  return workload === undefined ? {} : { [LABELS.workload]: workload };
};

function metadataOf(op: Operation, frame: Frame, script: string | undefined) {
  const { template, lookup, name } = frame;
  const own = substituteIn({ spec: op.spec.podMetadata ?? {}, template: template.metadata ?? {} }, lookup);
  // Whoever looks for the pods of a workload finds those of its workflow.
  const workload = carried(op.workflow.metadata.labels);
  return {
    labels: {
      ...workload,
      ...own.spec.labels,
      ...own.template.labels,
      [labels.workflow]: op.name,
      [labels.completed]: "false",
      ...(frame.onExit ? { [labels.onExit]: "true" } : {}),
    },
    annotations: {
      ...own.spec.annotations,
      ...own.template.annotations,
      [annotations.nodeName]: name,
      [annotations.nodeId]: nodeId(op.name, name),
      [annotations.defaultContainer]: MAIN,
      ...(script === undefined ? {} : { [annotations.script]: script }),
    },
  };
}

/** Throws a SpecError when the template asks for what cannot be. */
export function buildPod(op: Operation, frame: Frame): Pod {
  const { template, lookup } = frame;
  const { spec, workflow } = op;
  const { container, script } = mainContainer(frame);
  const initContainers = substituteIn(template.initContainers ?? [], lookup).map((init) => ({
    ...LAST_WORDS,
    ...init,
  }));
  check(container, template.script ? "script" : "container");
  for (const [index, init] of initContainers.entries()) check(init, `initContainers[${index}]`);
  const volumes = volumesFor(op, frame, [container, ...initContainers]);
  if (script !== undefined) volumes.push(scriptVolume);
  const pick = <T>(value: T) => substituteIn(value, lookup);
  // The template's, or the workflow's if that is empty once its variables are put in.
  const either = (own: string | undefined, shared: string | undefined) => pick(own) || pick(shared);
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
    spec: present({
      restartPolicy: "Never",
      containers: [container],
      initContainers,
      volumes,
      activeDeadlineSeconds: deadline,
      serviceAccountName: either(template.serviceAccountName, spec.serviceAccountName),
      // A step that doesn't ask for the API gets no token for it.
      automountServiceAccountToken: template.automountServiceAccountToken ?? spec.automountServiceAccountToken ?? false,
      securityContext: pick(template.securityContext ?? spec.securityContext),
      imagePullSecrets: pick(spec.imagePullSecrets),
      nodeSelector: pick(isEmpty(template.nodeSelector) ? spec.nodeSelector : template.nodeSelector),
      affinity: pick(template.affinity ?? spec.affinity),
      tolerations: pick(template.tolerations?.length ? template.tolerations : spec.tolerations),
      priorityClassName: either(template.priorityClassName, spec.podPriorityClassName),
      schedulerName: either(template.schedulerName, spec.schedulerName),
      hostAliases: pick([...(spec.hostAliases ?? []), ...(template.hostAliases ?? [])]),
      hostNetwork: spec.hostNetwork,
      dnsPolicy: pick(spec.dnsPolicy),
      dnsConfig: pick(spec.dnsConfig),
    }),
  };
}
