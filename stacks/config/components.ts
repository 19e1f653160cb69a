// Config section `components`: which components there are, and what each differs in from its profile.
import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { images, ownNames } from "../../components/images.ts";
import { bytes, cores } from "../../components/quantities.ts";
import type { Resources } from "../../components/security/pod.ts";
import { type ComponentName, componentValues } from "./component-values.ts";
import { closed, cpuPattern, imagePattern, memoryPattern, wholeNumber } from "./fields.ts";
import { type Profile, profiles } from "./profile.ts";

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

/** What the picker knows of a component. Whoever adds one adds it here, to `componentValues` and to each profile. */
interface Part {
  /** What it is, for the reference. */
  about: string;
  /** Whether it is there where the config doesn't say. */
  enabled: boolean;
  /** Default size of its volume; absent where it has none. */
  storage?: string;
  /** Why there can be only one pod of it; absent where there can be several. */
  single?: string;
}

const parts = {
  minio: {
    about: "Object store of the artifacts.",
    enabled: true,
    storage: "20Gi",
    single: "MinIO stands on one volume",
  },
  postgres: {
    about: "Database of checkpoints and of Argo's archive.",
    enabled: true,
    storage: "10Gi",
    single: "Postgres stands on one volume",
  },
  browserless: { about: "Browsers for the agents.", enabled: true },
  litellm: { about: "Gateway to the models.", enabled: true },
  workflows: { about: "Workflow engine: Argo Workflows, or the built-in one.", enabled: true },
  operator: { about: "Controller of AgentWorkloads.", enabled: true },
  certificates: { about: "cert-manager, with an authority that signs for the platform's services.", enabled: true },
  events: { about: "Receiver of events: Argo Events, or the built-in one.", enabled: true },
  policyController: {
    about: "Sigstore's policy controller: tenants run only images that imagePolicies admit.",
    enabled: false,
  },
  registry: {
    about: "Registry in the cluster for the platform's own images, where none outside has them.",
    enabled: false,
    storage: "10Gi",
    single: "the registry stands on one volume",
  },
} as const satisfies Record<ComponentName, Part>;

/** Components that a stack can switch off or change, by the names that its config uses. */
export const componentNames = Object.keys(parts) as ComponentName[];

/** What a stack gives of a component. */
type Given<N extends ComponentName> = Static<typeof common> & {
  storage?: string;
  values?: Static<(typeof componentValues)[N]>;
};
export type GivenComponents = { [N in ComponentName]?: Given<N> };

function schemaOf(name: ComponentName): TSchema {
  const { about, storage } = parts[name] as Part;
  const pattern = "^[1-9]\\d{0,4}(Mi|Gi|Ti)$";
  const description = "Size of the volume. Another one replaces the StatefulSet; its volume stays as it is.";
  return Type.Object(
    {
      ...common.properties,
      ...(storage ? { storage: Type.Optional(Type.String({ pattern, default: storage, description })) } : {}),
      values: Type.Optional(componentValues[name]),
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
  values: Static<(typeof componentValues)[N]>;
}
export type ComponentsConfig = { [N in ComponentName]: ComponentConfig<N> };

/** The parts of a stack's config that the components depend on. */
export interface Around {
  profile?: Profile;
  workflowEngine?: Engine;
  eventEngine?: Engine;
  images?: { operator?: string; workflowEngine?: string; eventReceiver?: string };
  imageRegistry?: string;
  components?: GivenComponents;
}
type Engine = "argo" | "builtin";

/** Whether a component is there. */
export function isOn({ components }: Around, name: ComponentName): boolean {
  return components?.[name]?.enabled ?? parts[name].enabled;
}

/** Repositories of the images that `version` is a tag of; none where the component runs from several images. */
function repositories({ workflowEngine, eventEngine, imageRegistry }: Around): Partial<Record<ComponentName, string>> {
  const of = (ref: string) => ref.replace(/:[^:/]+$/, "");
  const own = (name: keyof typeof ownNames) => (imageRegistry ? `${imageRegistry}/${ownNames[name]}` : undefined);
  return {
    minio: of(images.minio.ref),
    postgres: of(images.postgres.ref),
    browserless: of(images.browserless.ref),
    litellm: of(images.litellm.ref),
    policyController: of(images.policyController.ref),
    registry: of(images.registry.ref),
    operator: own("operator"),
    ...(workflowEngine === "builtin" ? { workflows: own("workflowEngine") } : {}),
    events: eventEngine === "builtin" ? own("eventReceiver") : of(images.argoEvents.ref),
  };
}

/** Why there can be only one pod of a component; undefined where there can be several. */
function singleBecause(name: ComponentName, { workflowEngine }: Around): string | undefined {
  if (name === "workflows" && workflowEngine === "builtin") return "the built-in engine elects no leader";
  return (parts[name] as Part).single;
}

/** The section with its defaults. */
export function componentsConfig(around: Around): ComponentsConfig {
  const { profile = "standard", components = {} } = around;
  const repository = repositories(around);
  const filled = (name: ComponentName): ComponentConfig => {
    const { enabled = parts[name].enabled, version, image, ...given }: Given<ComponentName> = components[name] ?? {};
    const { replicas, resources } = profiles[profile][name];
    const { storage } = parts[name] as Part;
    return {
      enabled,
      version,
      image: image ?? (version && repository[name] ? `${repository[name]}:${version}` : undefined),
      replicas: singleBecause(name, around) ? 1 : replicas,
      resources,
      ...(storage ? { storage } : {}),
      ...given,
      values: Value.Default(componentValues[name], { ...given.values }) as ComponentConfig["values"],
    };
  };
  return Object.fromEntries(componentNames.map((name) => [name, filled(name)])) as unknown as ComponentsConfig;
}

/** What is wrong with each component, and with all of them taken together; `key` writes a config key in full. */
export function componentErrors(around: Around, key: (path: string) => string): string[] {
  return componentNames.flatMap((name) => {
    const given: Given<ComponentName> | undefined = around.components?.[name];
    return given === undefined ? [] : errorsOf(name, given, around, (path) => key(`components.${name}.${path}`));
  });
}

/** Own images that a component runs from, by the key of `images` that names them too. */
const ownImages = { operator: "operator", workflows: "workflowEngine", events: "eventReceiver" } as const;

function errorsOf(
  name: ComponentName,
  { version, image, replicas, resources, values = {} }: Given<ComponentName>,
  around: Around,
  key: (path: string) => string,
): string[] {
  const errors: string[] = [];
  const argo = name === "workflows" && around.workflowEngine !== "builtin";
  const own = name in ownImages ? ownImages[name as keyof typeof ownImages] : undefined;
  if (version && image)
    errors.push(`${key("version")} and ${key("image")} are both given: an image's reference says its version`);
  if (image && argo)
    errors.push(
      `${key("image")} is given, but Argo runs from three images: set version, or values.controllerImage, executorImage and serverImage`,
    );
  if (
    version &&
    own &&
    !argo &&
    !image &&
    !around.imageRegistry &&
    (name !== "events" || around.eventEngine === "builtin")
  )
    errors.push(
      `${key("version")} is a tag of an image of the platform's own, but imageRegistry doesn't say where those are: set it to your registry, or give ${key("image")} in full`,
    );
  const single = singleBecause(name, around);
  if (replicas !== undefined && replicas > 1 && single)
    errors.push(`${key("replicas")} is ${replicas}, but ${single}: set 1, or leave it out`);
  if (name === "workflows" && !argo)
    for (const setting of Object.keys(values))
      errors.push(`${key(`values.${setting}`)} is a setting of Argo, but workflowEngine is builtin: leave it out`);
  if (version && argo)
    for (const setting of Object.keys(values).filter((one) => one.endsWith("Image")))
      errors.push(
        `${key(`values.${setting}`)} and ${key("version")} are both given: an image's reference says its version`,
      );
  if ((version || image) && own && !argo && around.images?.[own])
    errors.push(`${key(version ? "version" : "image")} and images.${own} are both given: give one of them`);
  if (resources)
    for (const [amount, number] of [["cpu", cores] as const, ["memory", bytes] as const])
      if (number(resources.requests[amount]) > number(resources.limits[amount]))
        errors.push(
          `${key(`resources.requests.${amount}`)} is ${resources.requests[amount]}, more than the limit of ${resources.limits[amount]}`,
        );
  return errors;
}
