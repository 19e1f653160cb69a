// What the rules look at: Kubernetes objects, the pods in them, and the containers in those.
import type { ReportViolation, ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";

export type Fields = Record<string, unknown>;

/** An object as the program registers it. */
export interface KubeObject extends Fields {
  apiVersion: string;
  kind: string;
  metadata?: { name?: string; namespace?: string; labels?: Record<string, string> };
}

/** A pod's spec, and where in its object it stands. */
export interface PodSpec {
  path: string;
  spec: Fields;
}

/** A container of a pod, and where in its object it stands. */
export interface Container {
  path: string;
  container: Fields;
  init: boolean;
}

/** The fields of a value; none where it isn't an object. */
export const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The items of a value; none where it isn't a list. */
export const items = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields) : []);

/** Kinds that hold pods, with the path of the pod's spec. */
const holders: Record<string, string[]> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** The pod that an object makes; undefined where it makes none. */
export function podOf(object: KubeObject): PodSpec | undefined {
  const steps = holders[object.kind];
  if (!steps) return undefined;
  return { path: steps.join("."), spec: steps.reduce<Fields>((at, step) => fields(at[step]), object) };
}

/** Containers of a pod, init containers first. */
export function containersOf({ path, spec }: PodSpec): Container[] {
  return ["initContainers", "containers"].flatMap((list) =>
    items(spec[list]).map((container, i) => ({
      path: `${path}.${list}[${i}] (${container.name})`,
      container,
      init: list === "initContainers",
    })),
  );
}

/** A rule that looks at one Kubernetes object at a time. */
export function objectRule(
  name: string,
  description: string,
  check: (object: KubeObject, report: ReportViolation, args: ResourceValidationArgs) => void,
  configSchema?: ResourceValidationPolicy["configSchema"],
): ResourceValidationPolicy {
  return {
    name,
    description,
    ...(configSchema ? { configSchema } : {}),
    validateResource(args, report) {
      if (!args.type.startsWith("kubernetes:") || args.type.endsWith("Patch")) return;
      const object = args.props as KubeObject;
      if (object.kind) check(object, report, args);
    },
  };
}

/** Messages begin with the field and end with what would be right. */
export const say = (path: string, wrong: string, right: string): string => `${path}: ${wrong}: ${right}`;
