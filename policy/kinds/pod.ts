// A pod as rules read it, whichever kind of object creates it.
import { gather, textOf } from "../unknown.ts";
import { type Fields, fields, items } from "../values.ts";
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
  /** The security context that its containers share; that of a workflow applies to all its templates. */
  readonly security: Fields;
  /** Init containers first. */
  readonly containers: Container[];
  /** Whether the pods are replicas that serve for as long as they run. */
  serves: boolean;
  /** Whether a controller or another template supplies an image or account that is left out here. */
  partial: boolean;
  /** Whether `{{…}}` is replaced before the pod is created. */
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
}

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
    get security() {
      return fields(parts.spec.securityContext);
    },
    get containers() {
      return containersIn(parts.spec, path);
    },
    ...{ serves: false, partial: false, templated: false },
  };
  // Not by spreading, because that would read values that aren't known yet.
  return Object.defineProperties(usual, Object.getOwnPropertyDescriptors(parts)) as typeof usual & typeof parts;
}

/** A container in a list, or in a field of its own. */
export const containerAt = (container: Fields, path: string, more: Partial<Container> = {}): Container => ({
  path,
  name: textOf(() => container.name),
  container,
  ...{ init: false, main: true, ...more },
});

/** The containers of a list in a field of `holder`. */
export const containersOf = (holder: Fields, name: string, path: string): Container[] =>
  gather(items(holder[name]), (container, i) => [
    containerAt(container, `${path}.${name}[${i}] (${textOf(() => container.name)})`, {
      init: name === "initContainers",
      main: name === "containers" && i === 0,
    }),
  ]);

/** Names of fields with a single container: those of Argo Events and similar ones. */
export const singleContainer = /^container$|^(container|\w+Container)Template$/;

/** All containers in a spec: in a pod's lists, and in fields for a single container. */
export function containersIn(spec: Fields, path: string): Container[] {
  const lists = ["initContainers", "containers", "ephemeralContainers"];
  const singles = Object.keys(spec).filter((name) => singleContainer.test(name));
  return [
    ...gather(lists, (name) => containersOf(spec, name, path)),
    ...gather(singles, (name) => {
      const container = fields(spec[name]);
      return Object.keys(container).length > 0 ? [containerAt(container, `${path}.${name}`)] : [];
    }),
  ];
}
