// Pods in whatever makes them, and the containers in those.
import { type Context, type Report, type ResourceRule, type RuleText, resourceRule } from "../rule.ts";
import { at, type Fields, fields, items } from "../values.ts";
import { type KubeObject, kindOf, nameOf } from "./objects.ts";

/** A pod's spec and metadata, and where in its object it stands. */
export interface Pod {
  object: KubeObject;
  path: string;
  spec: Fields;
  metadata: Fields;
  /** Init containers first. */
  containers: Container[];
}

/** A container of a pod, and where in its object it stands. */
export interface Container {
  path: string;
  name: string;
  container: Fields;
  init: boolean;
}

/** Kinds that hold pods, with the path of the pod in them. */
const holders: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** The pod that an object makes; undefined where it makes none. */
export function podOf(object: KubeObject, kind = object.kind): Pod | undefined {
  const steps = holders[kind];
  if (!steps) return undefined;
  const holder = at(object, ...steps);
  const spec = fields(fields(holder).spec);
  const path = [...steps, "spec"].join(".");
  return { object, path, spec, metadata: fields(fields(holder).metadata), containers: containersOf(spec, path) };
}

function containersOf(spec: Fields, path: string): Container[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    items(spec[list]).map((container, i) => ({
      path: `${path}.${list}[${i}] (${container.name})`,
      name: String(container.name),
      container,
      init: list === "initContainers",
    })),
  );
}

/** A rule over the pods of every kind that makes some. */
export function podRule(
  text: RuleText,
  check: (pod: Pod, report: Report, context: Context) => void,
  fix?: (pod: Pod, context: Context) => boolean,
): ResourceRule {
  return resourceRule("pods", text, {
    applies: (type) => (kindOf(type) ?? "") in holders,
    check: ({ type, props }, report, context) => {
      const pod = podOf(props as KubeObject, kindOf(type));
      if (pod) check(pod, report, context);
    },
    ...(fix
      ? {
          fix: ({ type, props }, context) => {
            const pod = podOf(props as KubeObject, kindOf(type));
            return pod ? fix(pod, context) : false;
          },
        }
      : {}),
    nameOf,
  });
}

/** A rule over each container of each pod. */
export function containerRule(
  text: RuleText,
  check: (container: Container, report: Report, context: Context, pod: Pod) => void,
  fix?: (container: Container, context: Context, pod: Pod) => boolean,
): ResourceRule {
  return podRule(
    text,
    (pod, report, context) => {
      for (const one of pod.containers) check(one, report, context, pod);
    },
    fix && ((pod, context) => pod.containers.map((one) => fix(one, context, pod)).some(Boolean)),
  );
}

/** Sets a field of a container's security context; returns whether it was another. */
export function setContext({ container }: Container, name: string, value: unknown): boolean {
  const context = fields(container.securityContext);
  if (JSON.stringify(context[name]) === JSON.stringify(value)) return false;
  container.securityContext = { ...context, [name]: value };
  return true;
}
