// Finds the pods in every kind of object that creates pods. This is the only list of such kinds.
import type { FixableRule, InArea, ResourceRule } from "../rule.ts";
import { addition, gather, some } from "../unknown.ts";
import { at, type Fields, fields, items } from "../values.ts";
import { mayContainObjects, objectsIn, type Placed, placedRule } from "./nested.ts";
import { type Container, containerAt, containersIn, type Pod, podOf } from "./pod.ts";
import type { PodShape } from "./shapes.ts";
import { podsOfSpark } from "./spark.ts";
import { podsOfTekton } from "./tekton.ts";
import { groupOf, isBuiltIn, isWorkflow, kindOf } from "./types.ts";
import { podsOfWorkflow } from "./workflow-pods.ts";
import { workflowsOf } from "./workflows.ts";

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

/** Whether objects of a type may create pods, or contain objects that do: the listed kinds, lists, and all custom kinds. */
export const mayHold = (type: string): boolean => createsPods(type) || mayContainObjects(type);

/** Whether objects of a type may create pods by themselves. */
export const createsPods = (type: string): boolean => {
  const kind = kindOf(type);
  return kind !== undefined && (isBuiltIn(type) ? kind in builtIn : true);
};

/** The pods that an object creates, and those of objects in it. Throws if it isn't known yet which objects it contains. */
export const podsOf = (type: string, props: unknown): Pod[] =>
  mayHold(type) ? objectsIn(type, props).flatMap((placed) => podsIn(placed)) : [];

/** The pods that one object creates, without those of objects in it. With `toChange`, only pods that can be changed in the object. */
export function podsIn(placed: Placed, toChange = false): Pod[] {
  const { type, kind, shapes } = placed;
  if (isBuiltIn(type)) return builtIn[kind] ? [builtInPod(placed, builtIn[kind])] : [];
  const named = namedPods(placed, toChange);
  const ofWorkflows = gather(workflowsOf(placed), podsOfWorkflow);
  const found = gather(shapes, (shape) =>
    shape.kind !== "pod" || isWorkflow(type) || named.some((pod) => pod.path === shape.path)
      ? []
      : [podOfShape(placed, shape)],
  );
  return [...ofWorkflows, ...named, ...found];
}

/** The pods of custom kinds that don't have them in the usual form. */
function namedPods(placed: Placed, toChange: boolean): Pod[] {
  switch (groupOf(placed.type)) {
    case "argoproj.io":
      return eventsPods(placed, toChange);
    case "tekton.dev":
      return podsOfTekton(placed);
    case "sparkoperator.k8s.io":
      return podsOfSpark(placed);
    default:
      return [];
  }
}

/** A rule over the objects that create pods, also those inside other objects. */
export const holderRule = ({ check, fix, ...rest }: FixableRule<Pod[]> & InArea): ResourceRule =>
  placedRule({
    ...rest,
    appliesTo: createsPods,
    check: (placed, report, context) => check(podsIn(placed), report, context),
    fix: fix && ((placed, context) => fix(podsIn(placed, true), context)),
  });

function builtInPod({ object, kind, path, templated }: Placed, steps: readonly string[]): Pod {
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

function eventsPods({ object, kind, path }: Placed, toChange: boolean): Pod[] {
  const podPart = events[kind];
  // An EventBus may use an existing bus, or one of another kind, and then creates no such pod.
  if (!podPart || (kind === "EventBus" && at(object, "spec", podPart.path) === undefined)) return [];
  const spec = fields(at(object, "spec", podPart.path));
  const where = `${path}spec.${podPart.path}`;
  return [
    podOf({
      ...{ object, kind, path: where, spec, holder: spec, holderPath: `${where}.`, partial: true },
      get containers() {
        const containers = containersIn(spec, where);
        return containers.length > 0 || toChange ? containers : [containerAt({}, `${where}.${podPart.container}`)];
      },
    }),
  ];
}

function podOfShape({ object, kind, type, path, templated }: Placed, shape: PodShape): Pod {
  const { spec } = shape;
  const serves = serving.has(`${groupOf(type)}/${kind}`);
  return podOf({
    ...{ object, kind, templated, path: shape.path, spec, ...metadataPlace(shape), serves },
    get containers() {
      return containersIn(spec, shape.path).map((container) =>
        isAddition(container) ? addedContainer(container) : container,
      );
    },
    get partial() {
      // A custom resource's own spec may contain containers that its operator adds to a pod, and others that it completes.
      const { containers } = spec;
      return (
        shape.path === `${path}spec` ||
        !Array.isArray(containers) ||
        some(items(containers), (container) => !("image" in container))
      );
    },
  });
}

/** Whether a container of a custom kind only adds to one that its controller makes: without an image there is none. */
const isAddition = ({ container }: Container): boolean => !("image" in container) && !("script" in container);

const addedContainer = ({ container, path, init, main }: Container): Container =>
  containerAt(addition(container), path, { init, main });

/** Where a pod's metadata stands: beside its spec, as usual, or among the spec's fields, as operators have it. */
function metadataPlace({
  spec,
  path,
  holder,
  holderPath,
}: PodShape): Partial<Pod> & { holder?: Fields; holderPath?: string } {
  if ("metadata" in spec) return { holder: spec, holderPath: `${path}.` };
  if (!("podMetadata" in spec)) return { holder, holderPath };
  return {
    metadataPath: `${path}.podMetadata`,
    get metadata() {
      return fields(spec.podMetadata);
    },
  };
}
