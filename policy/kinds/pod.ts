// A pod as rules read it, whichever kind of object creates it.
import { anyOf, gather, some, textOf } from "../unknown.ts";
import { type Fields, fields, items, mergedOver } from "../values.ts";
import type { KubeObject } from "./objects.ts";

/** A pod's spec and metadata, with their paths in the object. */
export interface Pod {
  /** The object that creates the pod; where one object contains another, the inner one. */
  object: KubeObject;
  kind: string;
  path: string;
  readonly spec: Fields;
  metadataPath: string;
  readonly metadata: Fields;
  /** The security context that stands here, and its path. */
  readonly ownSecurity: Fields;
  securityPath: string;
  /** The security context that its containers share; that of a workflow applies to all its templates. */
  readonly security: Fields;
  /** Init containers first. */
  readonly containers: Container[];
  /** What becomes a container's environment or arguments and stands elsewhere. */
  readonly environments: Container[];
  /** Whether the pods are replicas that serve for as long as they run. */
  serves: boolean;
  /** Whether a controller or another template supplies an image or account that is left out here. */
  partial: boolean;
  /** Whether `{{…}}` or `$(…)` is replaced before the pod is created. */
  templated: boolean;
}

/** A container of a pod, with its path in the object. */
export interface Container {
  path: string;
  name: string;
  container: Fields;
  init: boolean;
  /** Whether it is the pod's first container, which the others support. */
  main: boolean;
  /** Its requests and limits; undefined where they are said elsewhere. */
  resources: () => Fields | undefined;
  /** What its kind calls a field otherwise than Kubernetes. */
  names: Readonly<Record<string, string>>;
}

/** The path of a container's field. */
export const fieldPath = ({ path, names }: Container, name: string): string => `${path}.${names[name] ?? name}`;

/** A pod in the usual form: a spec with containers, and metadata beside it in `holder`. The given parts override that. */
export function podOf(
  parts: Pick<Pod, "object" | "kind" | "path" | "spec"> & Partial<Pod> & { holder?: Fields; holderPath?: string },
): Pod {
  const { path, holder = {}, holderPath = "" } = parts;
  const usual = {
    metadataPath: `${holderPath}metadata`,
    get metadata() {
      return fields(holder.metadata);
    },
    securityPath: `${path}.securityContext`,
    get ownSecurity() {
      return fields(parts.spec.securityContext);
    },
    get security(): Fields {
      return this.ownSecurity;
    },
    get containers() {
      return containersIn(parts.spec, path);
    },
    ...{ environments: [], serves: false, partial: false, templated: false },
  };
  // Not by spreading, because that would read values that aren't known yet.
  return Object.defineProperties(usual, Object.getOwnPropertyDescriptors(parts)) as typeof usual & typeof parts;
}

/** A container in a list, or in a field of its own. */
export const containerAt = (container: Fields, path: string, more: Partial<Container> = {}): Container => ({
  path,
  name: textOf(() => container.name),
  container,
  ...{ init: false, main: true, names: {}, resources: () => fields(container.resources) },
  ...more,
});

/** The containers of a list in a field of `holder`. */
export const containersOf = (holder: Fields, name: string, path: string): Container[] =>
  gather(items(holder[name]), (container, i) => [
    containerAt(container, `${path}.${name}[${i}] (${textOf(() => container.name)})`, {
      init: name === "initContainers",
      main: name === "containers" && i === 0,
    }),
  ]);

/** The lists of a pod's containers. */
export const containerLists: readonly string[] = ["initContainers", "containers", "ephemeralContainers"];

/** Fields by which a pod shares its node's namespaces. */
export const nodeNamespaces: readonly string[] = ["hostNetwork", "hostPID", "hostIPC"];

/** Names of fields with a single container: those of Argo Events and similar ones. */
export const singleContainer = /^container$|^(container|\w+Container)Template$/;

/** All containers in a spec: in a pod's lists, in those of a task, and in fields for a single container. */
export function containersIn(spec: Fields, path: string): Container[] {
  const singles = Object.keys(spec).filter((name) => singleContainer.test(name));
  return [
    ...gather(containerLists, (name) => containersOf(spec, name, path)),
    ...gather([spec], (task) => (isTask(task) ? stepsOf(task, path) : [])),
    ...gather(singles, (name) => {
      const container = fields(spec[name]);
      return Object.keys(container).length > 0 ? [containerAt(container, `${path}.${name}`)] : [];
    }),
  ];
}

/** Fields one of which a step in a pod nearly always has; other things are called steps, too. */
const stepFields = ["image", "computeResources", "securityContext", "volumeMounts"];

/** Whether a spec is a task of Tekton, or of those that took its form: a pod whose containers are called steps and sidecars. */
export const isTask = (spec: Fields): boolean =>
  Array.isArray(spec.steps) &&
  anyOf(
    () => Object.keys(fields(spec.stepTemplate)).length > 0,
    () => some(items(spec.steps), isStep),
    () => some(items(spec.sidecars), isStep),
  );

const isStep = (item: Fields): boolean => stepFields.some((name) => name in item);

/** The steps of a task, with what its template for steps says of them, and its sidecars. */
function stepsOf(task: Fields, path: string): Container[] {
  const template = () => fields(task.stepTemplate);
  return gather(["steps", "sidecars"], (list) =>
    gather(containersOf(task, list, path), (listed, i) => {
      const container = list === "steps" ? mergedOver(listed.container, template) : listed.container;
      // What a step refers to says the rest of it.
      if ("ref" in listed.container && !("securityContext" in container)) return [];
      const resources = "resources" in listed.container ? "resources" : "computeResources";
      const size = () => fields(container[resources] ?? container.resources);
      return [{ ...listed, container, main: i === 0, names: { resources }, resources: size }];
    }),
  );
}
