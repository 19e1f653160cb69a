// docs/configuration.md: every key of a stack's config, from the schema that checks it.
import type { TSchema } from "typebox";
import { componentsSchema, isOn } from "../../stacks/config/components.ts";
import { type ComponentName, componentNames, declaration } from "../../stacks/config/declared.ts";
import { profileNames } from "../../stacks/config/profile.ts";
import { schema, secretKeys } from "../../stacks/config/schema.ts";
import { cell, code, table } from "./markdown.ts";

/** A schema as far as the page shows it. */
interface Shape {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
  minimum?: number;
  maximum?: number;
}

/** A row of a table of keys. */
interface Row {
  key: string;
  type: string;
  byDefault: string;
  about: string;
}

/** The page, with what a new environment starts from. */
export function configurationPage(): string {
  const { components: _, ...others } = schema;
  const rows = Object.entries(others as Record<string, TSchema>).flatMap(([key, type]) => rowsOf(key, type as Shape));
  const secrets = secretKeys.map((key) => `\`${key}\``).join(", ");
  return `# Configuration

Generated from the schema by \`npm run docs\`: change the schema, not this page.

Keys are those of the project's namespace: \`pulumi config set profile ha\`, or for one inside another
\`pulumi config set --path components.litellm.replicas 3\`. \`make up\` and \`embedded/deploy\` read the same
\`Pulumi.<stack>.yaml\`. Whatever isn't a key here is refused, with every other error of the config in one message and before
anything is made.

Secrets, by \`pulumi config set --secret\`: ${secrets}.

## Keys

${keys(rows)}
## Components

\`components.<name>\` says what a component differs in from its profile. What can't be is refused by name: two pods of what
stands on one volume, a component without what it needs, \`version\` together with \`image\`, settings that the chosen engine
doesn't have.

${keys(commonRows())}
### What a profile sets

Pods, requests and limits (cores, memory) of each pod's main container. With several pods a component has a disruption budget,
stays spread over hosts and zones, and is kept from one node. Volumes have the same size in every profile: from \`standard\` to
\`ha\` no data moves.

${profileTable()}
${componentNames.map(componentSection).join("\n")}`;
}

function keys(rows: readonly Row[]): string {
  return table(
    ["Key", "Type", "Default", "What it is"],
    rows.map(({ key, type, byDefault, about }) => [code(key), type, byDefault, cell(about)]),
  );
}

/** The rows of a key and of those inside it. */
function rowsOf(key: string, shape: Shape, required = false): Row[] {
  const { about, byDefault } = words(shape, required);
  const inner = shape.items?.properties ? shape.items : shape;
  const path = inner === shape ? key : `${key}[]`;
  const own: Row = { key, type: typeOf(shape), byDefault, about };
  if (!inner.properties) return [own];
  const inside = Object.entries(inner.properties).flatMap(([name, option]) =>
    rowsOf(`${path}.${name}`, option, inner.required?.includes(name)),
  );
  return [own, ...inside];
}

/** The description, and the default that the schema or the description's last sentence says. */
function words(
  { description = "", default: defaultValue }: Shape,
  required: boolean,
): { about: string; byDefault: string } {
  const at = description.search(/(^| )Default:? [^.]*(\.\S[^.]*)*\.$/);
  const about = at < 0 ? description : description.slice(0, at);
  const declared =
    at < 0
      ? ""
      : description
          .slice(at)
          .trim()
          .replace(/^Default:? /, "")
          .replace(/\.$/, "");
  if (defaultValue !== undefined) return { about, byDefault: code(JSON.stringify(defaultValue).replaceAll('"', "")) };
  return { about, byDefault: declared ? code(declared) : required ? "must be set" : "" };
}

function typeOf(shape: Shape): string {
  const { type, anyOf, items, minimum, maximum } = shape;
  if (anyOf)
    return anyOf.map((option) => (option.const === undefined ? typeOf(option) : code(String(option.const)))).join(", ");
  if (shape.const !== undefined) return code(String(shape.const));
  if (type === "array") {
    if (items?.properties) return "list";
    return items?.anyOf ? `list of ${typeOf(items)}` : `list of ${items?.type ?? "value"}s`;
  }
  if (type === "integer") {
    if (maximum !== undefined) return `integer, ${minimum ?? 0} to ${maximum}`;
    return minimum === undefined ? type : `integer from ${minimum}`;
  }
  return type ?? "any";
}

/** Fields that every component has. */
function commonRows(): Row[] {
  const [any = ""] = componentNames;
  const { storage: _, values: __, ...common } = properties(any);
  return Object.entries(common).flatMap(([name, option]) => rowsOf(`components.<name>.${name}`, option));
}

function properties(name: string): Record<string, Shape> {
  const all = (componentsSchema as unknown as Shape).properties ?? {};
  return all[name]?.properties ?? {};
}

function profileTable(): string {
  const names = profileNames;
  return table(
    ["Component", ...names],
    componentNames.map((component) => [
      code(component),
      ...names.map((profile) => {
        const { replicas, resources } = declaration(component).sizes[profile];
        const amounts = ({ cpu, memory }: { cpu: string; memory: string }) => `${cpu}, ${memory}`;
        return `${replicas} × ${amounts(resources.requests)} to ${amounts(resources.limits)}`;
      }),
    ]),
  );
}

function componentSection(name: (typeof componentNames)[number]): string {
  const about = (componentsSchema as unknown as Shape).properties?.[name]?.description ?? "";
  const { storage } = properties(name);
  const rows = [
    ...(storage ? rowsOf(`components.${name}.storage`, storage) : []),
    ...Object.entries((declaration(name).values as Shape).properties ?? {}).flatMap(([setting, option]) =>
      rowsOf(`components.${name}.values.${setting}`, option),
    ),
  ];
  const presence = isOn({}, name) ? "There unless it is switched off." : `Only there ${whenOff(name)}.`;
  return `### ${name}\n\n${about} ${presence}\n${rows.length > 0 ? `\n${keys(rows)}` : ""}`;
}

/** When a component is there that isn't by itself. */
const whenOff = (name: ComponentName): string =>
  declaration(name).enabled === "withImage"
    ? "where its image is given or built, unless it is switched off"
    : "when it is switched on";
