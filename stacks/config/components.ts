// Config section `components`: what each component differs in from its defaults.
import { type Static, Type } from "typebox";
import { closed } from "./fields.ts";

const amounts = Type.Object({ cpu: Type.String(), memory: Type.String() }, closed);

const component = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: "Whether the component is there. Default true." })),
    image: Type.Optional(Type.String({ description: "Another image, best by digest." })),
    replicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
    resources: Type.Optional(Type.Object({ requests: amounts, limits: amounts }, closed)),
    storage: Type.Optional(Type.String({ pattern: "^\\d+(Mi|Gi|Ti)$", description: "Size of the volume." })),
  },
  closed,
);

/** Components that a stack can switch off or change, by the names that its config uses. */
export const componentNames = [
  "minio",
  "postgres",
  "browserless",
  "litellm",
  "workflows",
  "operator",
  "events",
] as const;
export type ComponentName = (typeof componentNames)[number];

export const componentsSchema = Type.Object(
  Object.fromEntries(componentNames.map((key) => [key, Type.Optional(component)])) as Record<
    ComponentName,
    ReturnType<typeof Type.Optional<typeof component>>
  >,
  { ...closed, description: "What each component differs in from its defaults." },
);

export type ComponentConfig = Static<typeof component> & { enabled: boolean };
export type ComponentsConfig = Record<ComponentName, ComponentConfig>;

/** The section with its defaults. */
export function componentsConfig(value: Static<typeof componentsSchema> | undefined): ComponentsConfig {
  return Object.fromEntries(
    componentNames.map((key) => [key, { enabled: true, ...value?.[key] }]),
  ) as unknown as ComponentsConfig;
}
