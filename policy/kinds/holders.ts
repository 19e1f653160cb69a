// Finds the pods in every kind of object that creates pods. This is the only list of such kinds.
import { gather } from "../unknown.ts";
import { at, type Fields, fields, items } from "../values.ts";
import type { KubeObject } from "./objects.ts";
import { containerAt, containersIn, type Pod, podOf } from "./pod.ts";
import { type Shape, shapesIn } from "./shapes.ts";
import { isBuiltIn, kindOf, typeOf } from "./types.ts";
import { podsOfWorkflow } from "./workflow-pods.ts";
import { workflowKinds } from "./workflows.ts";

/** Kubernetes' built-in kinds that create pods, with the path of the pod template. */
const builtIn: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  ReplicationController: ["spec", "template"],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Kinds whose pods serve for as long as they run; custom kinds with their group. */
const serving = new Set([
  ...["ReplicationController", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"],
  ...["argoproj.io/Rollout", "serving.knative.dev/Service", "serving.knative.dev/Configuration"],
  "apps.openshift.io/DeploymentConfig",
]);

/** Argo Events' kinds, with the path of their pod's settings. They create a pod even without any settings. */
const events: Readonly<Record<string, { path: string; container: string }>> = {
  EventSource: { path: "template", container: "container" },
  Sensor: { path: "template", container: "container" },
  EventBus: { path: "jetstream", container: "containerTemplate" },
};

/** Whether objects of a type may contain pods: the kinds on the list, and all custom kinds. */
export function mayHold(type: string): boolean {
  const kind = kindOf(type);
  return kind !== undefined && (kind in builtIn || isListOf(kind) || !isBuiltIn(type));
}

/** The SDK has a List for each kind; the kind `List` contains objects of any kind. */
const isListOf = (kind: string) => kind === "List" || (kind.endsWith("List") && kind.slice(0, -4) in builtIn);

/**
 * The pods that an object creates, and those of objects inside it. With `toChange`, only pods whose fields can be written in
 * the object itself.
 */
export function podsOf(type: string, props: unknown, toChange = false): Pod[] {
  const object = props as KubeObject;
  return mayHold(type) ? podsAt({ object, type, kind: kindOf(type) ?? "", path: "", templated: false, toChange }) : [];
}

interface Place extends Pick<Pod, "object" | "kind" | "templated"> {
  type: string;
  /** Of the object in what was registered, with a dot; "" for that itself. */
  path: string;
  toChange: boolean;
}

function podsAt(place: Place): Pod[] {
  const { object, type, kind, path } = place;
  if (isBuiltIn(type)) {
    if (builtIn[kind]) return [builtInPod(place, builtIn[kind])];
    if (!isListOf(kind)) return [];
    return gather(items(object.items), (item, i) =>
      inner(place, {
        value: item,
        type: kind === "List" ? typeOf(String(item.apiVersion), String(item.kind)) : type.slice(0, -4),
        path: `${path}items[${i}]`,
      }),
    );
  }
  const isArgo = type.startsWith("kubernetes:argoproj.io/");
  const isWorkflow = isArgo && workflowKinds.has(kind);
  const named = isArgo ? eventsPods(place) : [];
  const found = gather(shapesIn(object, path, !place.toChange), (shape) => {
    if (shape.kind === "object") return inner({ ...place, templated: place.templated || isWorkflow }, shape);
    return isWorkflow || named.some((one) => one.path === shape.path) ? [] : [podOfShape(place, shape)];
  });
  return [...(isWorkflow ? podsOfWorkflow(object, kind, path) : []), ...named, ...found];
}

/** The pods of an object in another. */
const inner = (place: Place, { value, type, path }: { value: Fields; type: string; path: string }): Pod[] =>
  mayHold(type)
    ? podsAt({ ...place, object: value as KubeObject, type, kind: kindOf(type) ?? "", path: `${path}.` })
    : [];

function builtInPod({ object, kind, path, templated }: Place, steps: readonly string[]): Pod {
  const holder = fields(at(object, ...steps));
  const holderPath = path + steps.map((step) => `${step}.`).join("");
  return podOf({
    ...{ object, kind, templated, holder, holderPath },
    path: `${holderPath}spec`,
    serves: serving.has(kind),
    get spec() {
      return fields(holder.spec);
    },
  });
}

function eventsPods({ object, kind, path, toChange }: Place): Pod[] {
  const made = events[kind];
  // An EventBus may use an existing bus, or one of another kind, and then creates no such pod.
  if (!made || (kind === "EventBus" && at(object, "spec", made.path) === undefined)) return [];
  const spec = fields(at(object, "spec", made.path));
  const where = `${path}spec.${made.path}`;
  return [
    podOf({
      ...{ object, kind, path: where, spec, holder: spec, holderPath: `${where}.`, partial: true },
      get containers() {
        const given = containersIn(spec, where);
        return given.length > 0 || toChange ? given : [containerAt({}, `${where}.${made.container}`)];
      },
    }),
  ];
}

function podOfShape({ object, kind, type, path, templated }: Place, shape: Shape & { kind: "pod" }): Pod {
  const { spec } = shape;
  // Argo Events puts a pod's metadata among the fields of its spec.
  const { holder, holderPath } = "metadata" in spec ? { holder: spec, holderPath: `${shape.path}.` } : shape;
  const group = type.split(":")[1]?.split("/")[0];
  // A custom resource's own spec may contain containers that its operator adds to a pod.
  const partial = shape.path === `${path}spec` || !Array.isArray(spec.containers);
  const serves = serving.has(`${group}/${kind}`);
  return podOf({ object, kind, templated, path: shape.path, spec, holder, holderPath, serves, partial });
}
