// Config section `components`: which components there are, and what each differs in from its profile.
import { quantity } from "@agentic/api/quantities.ts";
import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { images, ownNames } from "../../components/images.ts";
import type { Resources } from "../../components/security/pod.ts";
import { buildsImages, type ClusterConfig } from "./cluster.ts";
import { type ComponentName, componentNames, declaration, type declared } from "./declared.ts";
import { closed, cpuPattern, imagePattern, memoryPattern, wholeNumber } from "./fields.ts";
import type { Profile } from "./profile.ts";

const amounts = Type.Object(
  {
    cpu: Type.String({ pattern: cpuPattern, description: "Cores: 2, or 500m." }),
    memory: Type.String({ pattern: memoryPattern, description: "Bytes, such as 512Mi." }),
  },
  closed,
);

const common = Type.Object({
  enabled: Type.Optional(Type.Boolean({ description: "Whether the component is there." })),
  version: Type.Optional(
    Type.String({
      pattern: "^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$",
      description: "Another tag of the component's own image.",
    }),
  ),
  image: Type.Optional(
    Type.String({ pattern: imagePattern, description: "Another image, by tag or better by digest; never latest." }),
  ),
  replicas: wholeNumber({ from: 1, to: 20, description: "Pods. Default: the profile's." }),
  resources: Type.Optional(
    Type.Object(
      { requests: amounts, limits: amounts },
      { ...closed, description: "Of each pod's main container. Default: the profile's." },
    ),
  ),
});

/** What a stack gives of a component. */
type ComponentSettings<N extends ComponentName> = Static<typeof common> & {
  storage?: string;
  values?: Static<(typeof declared)[N]["values"]>;
};
export type GivenComponents = { [N in ComponentName]?: ComponentSettings<N> };

function schemaOf(name: ComponentName): TSchema {
  const { about, storage, values } = declaration(name);
  const pattern = "^[1-9]\\d{0,4}(Mi|Gi|Ti)$";
  const description = "Size of the volume. Another one replaces the StatefulSet; its volume stays as it is.";
  return Type.Object(
    {
      ...common.properties,
      ...(storage ? { storage: Type.Optional(Type.String({ pattern, default: storage, description })) } : {}),
      values: Type.Optional(values),
    },
    { ...closed, description: about },
  );
}

export const componentsSchema = Type.Unsafe<GivenComponents>(
  Type.Object(Object.fromEntries(componentNames.map((name) => [name, Type.Optional(schemaOf(name))])), {
    ...closed,
    description: "Which components there are, and what each differs in from its profile.",
  }),
);

/** A component with every default filled in. */
export interface ComponentConfig<N extends ComponentName = ComponentName> {
  enabled: boolean;
  /** Tag of the component's own images, where it isn't the image table's. */
  version?: string;
  /** Full reference of the image, where it isn't the image table's. */
  image?: string;
  replicas: number;
  resources: Resources;
  /** Size of the volume, where there is one. */
  storage?: string;
  values: Static<(typeof declared)[N]["values"]>;
}
export type ComponentsConfig = { [N in ComponentName]: ComponentConfig<N> };

/** The parts of a stack's config that the components depend on. */
export interface StackSettings {
  cluster?: Partial<Pick<ClusterConfig, "kind">>;
  profile?: Profile;
  workflowEngine?: Engine;
  eventEngine?: Engine;
  images?: { operator?: string; workflowEngine?: string; eventReceiver?: string; console?: string };
  imageRegistry?: string;
  components?: GivenComponents;
}
type Engine = "argo" | "builtin";

/** Whether a component is enabled. */
export function isOn(stack: StackSettings, name: ComponentName): boolean {
  const { enabled } = declaration(name);
  return stack.components?.[name]?.enabled ?? (enabled === "withImage" ? hasImage(stack, name) : enabled);
}

/** Whether it is known what a component runs from, of those that have an image of ours. */
export function hasImage(stack: StackSettings, name: ComponentName): boolean {
  const { own } = declaration(name);
  const { image, version }: ComponentSettings<ComponentName> = stack.components?.[name] ?? {};
  return Boolean(image || version || (own && stack.images?.[own.name])) || buildsImages(stack.cluster?.kind);
}

/** The name of our own image that a component runs from with this config; undefined where it runs from others'. */
function ownImage(name: ComponentName, stack: StackSettings): keyof typeof ownNames | undefined {
  const { own } = declaration(name);
  return own && (own.engine === undefined || stack[own.engine] === "builtin") ? own.name : undefined;
}

/** Repository of the image that `version` is a tag of; undefined where the component runs from several images. */
function repositoryOf(name: ComponentName, stack: StackSettings): string | undefined {
  const own = ownImage(name, stack);
  if (own) return stack.imageRegistry ? `${stack.imageRegistry}/${ownNames[own]}` : undefined;
  const { image } = declaration(name);
  return image && images[image].ref.replace(/:[^:/]+$/, "");
}

/** Why there can be only one pod of a component; undefined where there can be several. */
function singleBecause(name: ComponentName, { workflowEngine }: StackSettings): string | undefined {
  if (name === "workflows" && workflowEngine === "builtin") return "the built-in engine elects no leader";
  return declaration(name).single;
}

/** The section with its defaults. */
export function componentsConfig(stack: StackSettings): ComponentsConfig {
  const { profile = "standard", components = {} } = stack;
  const filled = (name: ComponentName): ComponentConfig => {
    const { sizes, storage, values } = declaration(name);
    const {
      enabled = isOn(stack, name),
      version,
      image,
      ...settings
    }: ComponentSettings<ComponentName> = components[name] ?? {};
    const { replicas, resources } = sizes[profile];
    const repository = repositoryOf(name, stack);
    return {
      enabled,
      version,
      image: image ?? (version && repository ? `${repository}:${version}` : undefined),
      replicas: singleBecause(name, stack) ? 1 : replicas,
      resources,
      ...(storage ? { storage } : {}),
      ...settings,
      values: Value.Default(values, { ...settings.values }) as ComponentConfig["values"],
    };
  };
  return Object.fromEntries(componentNames.map((name) => [name, filled(name)])) as unknown as ComponentsConfig;
}

/** What is wrong with each component, and with all of them taken together; `key` writes a config key in full. */
export function componentErrors(stack: StackSettings, key: (path: string) => string): string[] {
  return componentNames.flatMap((name) => {
    const settings: ComponentSettings<ComponentName> | undefined = stack.components?.[name];
    return settings === undefined ? [] : errorsOf(name, settings, stack, (path) => key(`components.${name}.${path}`));
  });
}

function errorsOf(
  name: ComponentName,
  { version, image, replicas, resources, values = {} }: ComponentSettings<ComponentName>,
  stack: StackSettings,
  key: (path: string) => string,
): string[] {
  const errors: string[] = [];
  const argo = name === "workflows" && stack.workflowEngine !== "builtin";
  const own = declaration(name).own?.name;
  if (version && image)
    errors.push(`${key("version")} and ${key("image")} are both given: an image's reference says its version`);
  if (image && argo)
    errors.push(
      `${key("image")} is given, but Argo runs from three images: set version, or values.controllerImage, executorImage and serverImage`,
    );
  if (version && !image && !stack.imageRegistry && ownImage(name, stack))
    errors.push(
      `${key("version")} is a tag of an image of the platform's own, but imageRegistry doesn't say where those are: set it to your registry, or give ${key("image")} in full`,
    );
  const single = singleBecause(name, stack);
  if (replicas !== undefined && replicas > 1 && single)
    errors.push(`${key("replicas")} is ${replicas}, but ${single}: set 1, or leave it out`);
  if (name === "workflows" && !argo)
    for (const setting of Object.keys(values))
      errors.push(`${key(`values.${setting}`)} is a setting of Argo, but workflowEngine is builtin: leave it out`);
  if (version && argo)
    for (const setting of Object.keys(values).filter((setting) => setting.endsWith("Image")))
      errors.push(
        `${key(`values.${setting}`)} and ${key("version")} are both given: an image's reference says its version`,
      );
  if ((version || image) && own && !argo && stack.images?.[own])
    errors.push(`${key(version ? "version" : "image")} and images.${own} are both given: give one of them`);
  if (resources)
    for (const amount of ["cpu", "memory"] as const)
      if (quantity(resources.requests[amount]) > quantity(resources.limits[amount]))
        errors.push(
          `${key(`resources.requests.${amount}`)} is ${resources.requests[amount]}, more than the limit of ${resources.limits[amount]}`,
        );
  return errors;
}
