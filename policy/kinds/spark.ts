// The pods of the Spark operator, which calls many fields otherwise than Kubernetes does.
import { gather } from "../unknown.ts";
import { at, type Fields, fields, items, over } from "../values.ts";
import type { Placed } from "./nested.ts";
import { type Container, containerAt, containersIn, containersOf, type Pod, podOf } from "./pod.ts";

/** Where each kind has an application's spec. */
const places: Readonly<Record<string, readonly string[]>> = {
  SparkApplication: ["spec"],
  ScheduledSparkApplication: ["spec", "template"],
  SparkConnect: ["spec"],
};
const roles = ["driver", "executor", "server"];

type Parts = Pick<Pod, "object" | "kind" | "partial">;

/**
 * One for what an application says of all its pods; and for each role one for its settings, and one for its template of a pod, from
 * which Spark takes what the settings leave out.
 */
export function podsOfSpark({ object, kind, path }: Placed): Pod[] {
  const place = places[kind];
  if (!place) return [];
  const spec = fields(at(object, ...place));
  const where = path + place.join(".");
  const parts = { object, kind, partial: true };
  const whole = podOf({
    ...{ ...parts, path: where, spec, containers: [] },
    get environments() {
      const { arguments: args, sparkConf, hadoopConf } = spec;
      return [
        containerAt({ args }, where, { names: { args: "arguments" } }),
        containerAt({ env: variables(sparkConf) }, where, { names: { env: "sparkConf" } }),
        containerAt({ env: variables(hadoopConf) }, where, { names: { env: "hadoopConf" } }),
      ];
    },
  });
  const ofRoles = gather(roles, (role) => (role in spec ? podsOfRole(parts, { application: spec, where, role }) : []));
  return [whole, ...ofRoles];
}

interface Role {
  application: Fields;
  /** Path of the application. */
  where: string;
  role: string;
}

function podsOfRole(parts: Parts, { application, where, role }: Role): Pod[] {
  const path = `${where}.${role}`;
  const settings = fields(application[role]);
  const template = fields(settings.template);
  const templatePath = `${path}.template.spec`;
  const templateSpec = fields(template.spec);
  /** The template's container for Spark itself. Throws where that isn't known yet. */
  const ofSpark = (): Container | undefined => {
    const listed = items(templateSpec.containers);
    const named = listed.length > 1 ? listed.findIndex(({ name }) => name === `spark-kubernetes-${role}`) : 0;
    const index = Math.max(named, 0);
    return listed.length > 0 ? containerAt(listed[index] ?? {}, `${templatePath}.containers[${index}]`) : undefined;
  };
  const ofSettings = podOf({
    ...{
      ...parts,
      path,
      spec: settings,
      metadataPath: path,
      metadata: settings,
      securityPath: `${path}.podSecurityContext`,
    },
    get ownSecurity() {
      return fields(settings.podSecurityContext);
    },
    get security() {
      return fields(settings.podSecurityContext ?? templateSpec.securityContext);
    },
    get containers() {
      return [
        sparkContainer(
          over(settings, () => ({ image: application.image })),
          path,
          ofSpark(),
        ),
        ...containersOf(settings, "initContainers", path),
        ...containersOf(settings, "sidecars", path),
      ];
    },
    get environments() {
      return [
        containerAt({ env: variables(settings.envVars) }, path, { names: { env: "envVars" } }),
        containerAt({ env: references(settings.envSecretKeyRefs) }, path, { names: { env: "envSecretKeyRefs" } }),
      ];
    },
  });
  if (!("template" in settings)) return [ofSettings];
  const ofTemplate = podOf({
    ...{ ...parts, path: templatePath, spec: templateSpec, holder: template, holderPath: `${path}.template.` },
    get containers() {
      const spark = ofSpark();
      return containersIn(templateSpec, templatePath).filter(
        (container) => !spark || !container.path.startsWith(`${spark.path} `),
      );
    },
    get environments() {
      // Where the settings have variables, Spark's container has both.
      return [ofSpark()].flatMap((container) => ("env" in settings ? (container ?? []) : []));
    },
  });
  return [ofSettings, ofTemplate];
}

/** Spark's own container. It has requests and limits in any case, from `cores` and `memory`, which have defaults. */
const sparkContainer = (settings: Fields, path: string, template: Container | undefined): Container =>
  containerAt(
    over(settings, () => template?.container ?? {}),
    "securityContext" in settings ? path : (template?.path ?? path),
    {
      resources: () => undefined,
    },
  );

/** Variables by name, as a container lists them. */
const variables = (values: unknown): Fields[] =>
  gather(Object.keys(fields(values)), (name) => [{ name, value: fields(values)[name] }]);

const references = (secrets: unknown): Fields[] =>
  gather(Object.keys(fields(secrets)), (name) => [{ name, valueFrom: { secretKeyRef: fields(secrets)[name] } }]);
