// Config section `rotation`: which generation of the passwords and tokens is in use, by what they are for.
import { type Static, Type } from "typebox";
import { firstGeneration, type Rotation } from "../../components/security/generation.ts";
import { closed } from "./fields.ts";

const rotation = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        generation: Type.Integer({
          minimum: 1,
          maximum: 9999,
          description: "Another one is another password. One more each time. Default 1.",
        }),
        keepPrevious: Type.Optional(
          Type.Boolean({
            description: "Whether the generation before is good, too: for as long as somebody uses it. Default false.",
          }),
        ),
      },
      { ...closed, description },
    ),
  );

export const rotationSchema = Type.Object(
  {
    postgres: rotation("The superuser's, the archive's and each tenant's password of the database."),
    minio: rotation("The root user's password and each tenant's key of the object store."),
    litellm: rotation("The master key and each tenant's key of the model gateway."),
    browserless: rotation("Each tenant's token for browsers, and Browserless' own."),
    events: rotation("Each tenant's token for events. With eventEngine argo there is one at a time."),
    accounts: rotation("Tokens of service accounts that don't expire: each tenant's kubeconfig, and Argo's executor."),
  },
  { ...closed, description: "Passwords and tokens by generations; npm run env -- rotate and make rotate change it." },
);

type Given = Static<typeof rotationSchema>;
/** What has generations of its own. */
export type Rotated = keyof Given;
export type RotationConfig = Record<Rotated, Rotation>;

export const rotated = Object.keys(rotationSchema.properties) as Rotated[];

/** The section with its defaults. */
export function rotationConfig(value: Given = {}): RotationConfig {
  const entries = rotated.map((name) => [name, { ...firstGeneration, ...value[name] }]);
  return Object.fromEntries(entries) as RotationConfig;
}

/** What is wrong with the generations; `key` writes a config key in full. */
export function rotationErrors(value: Given | undefined, key: (path: string) => string): string[] {
  return rotated
    .filter((name) => value?.[name]?.keepPrevious && value[name].generation === 1)
    .map(
      (name) => `${key(`rotation.${name}.keepPrevious`)} is true, but generation 1 has none before it: leave it out`,
    );
}
