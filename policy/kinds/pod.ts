// What a rule reads of a pod, whatever makes it.
import { gather, shown } from "../unknown.ts";
import { type Fields, fields, items } from "../values.ts";
import type { KubeObject } from "./objects.ts";

/** A pod's spec and metadata, and where in its object they stand. */
export interface Pod {
  /** What makes the pod; where one object holds another, the inner one. */
  object: KubeObject;
  kind: string;
  path: string;
  readonly spec: Fields;
  metadataPath: string;
  readonly metadata: Fields;
  /** The security context that its containers share; a workflow's stands above its templates. */
  readonly security: Fields;
  /** Init containers first. */
  readonly containers: Container[];
  /** Whether its pods are replicas that serve for as long as they run. */
  serves: boolean;
  /** Whether image and account come from elsewhere where they are left out: from a controller, or another template. */
  partial: boolean;
  /** Whether `{{…}}` is filled in before the pod is made. */
  templated: boolean;
}

/** A container of a pod, and where in its object it stands. */
export interface Container {
  path: string;
  name: string;
  container: Fields;
  init: boolean;
  /** Whether it is the pod's first, which the others are there to help. */
  main: boolean;
}

/** A pod in the usual form, a spec with containers and metadata beside it in `holder`; what is given otherwise counts. */
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
  // Not by spreading, which would read at once what isn't known.
  return Object.defineProperties(usual, Object.getOwnPropertyDescriptors(parts)) as typeof usual & typeof parts;
}

/** A container in a list, or in a field of its own. */
export const containerAt = (container: Fields, path: string, more: Partial<Container> = {}): Container => ({
  path,
  name: shown(() => container.name),
  container,
  ...{ init: false, main: true, ...more },
});

/** The containers of a list in a field of `holder`. */
export const containersOf = (holder: Fields, name: string, path: string): Container[] =>
  gather(items(holder[name]), (one, i) => [
    containerAt(one, `${path}.${name}[${i}] (${shown(() => one.name)})`, {
      init: name === "initContainers",
      main: name === "containers" && i === 0,
    }),
  ]);

/** Fields that hold a single container: those of Argo Events, and whatever else is called so. */
export const singleContainer = /^container$|^(container|\w+Container)Template$/;

/** All containers in a spec: in the lists that a pod has, and in fields for a single one. */
export function containersIn(spec: Fields, path: string): Container[] {
  const lists = ["initContainers", "containers", "ephemeralContainers"];
  const singles = Object.keys(spec).filter((name) => singleContainer.test(name));
  return [
    ...gather(lists, (name) => containersOf(spec, name, path)),
    ...gather(singles, (name) => {
      const one = fields(spec[name]);
      return Object.keys(one).length > 0 ? [containerAt(one, `${path}.${name}`)] : [];
    }),
  ];
}
