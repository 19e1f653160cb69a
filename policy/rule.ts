// A rule: a Pulumi policy with a severity, a remedy and an area of the catalogue.
import type {
  EnforcementLevel,
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { patchedType } from "./kinds/types.ts";
import manifest from "./package.json" with { type: "json" };
import { attempt, known, knownOfPatch, textOf } from "./unknown.ts";

/** Parts of the catalogue, in its order. */
export const areas = {
  pods: "Pods",
  rbac: "Access rights",
  network: "Network",
  secrets: "Secrets",
  argo: "Argo Workflows",
  data: "Data",
  gcp: "Google Cloud",
  cost: "Cost",
  objects: "Objects of any kind",
  stack: "The stack as a whole",
} as const;
export type Area = keyof typeof areas;

/** URL of the catalogue: `homepage` in the pack's package.json, where your copy of docs/policies.md is published. Unset: no link. */
const catalogue = "homepage" in manifest ? String(manifest.homepage) : undefined;

/** What every rule says of itself. */
export interface RuleText {
  /** Lower case with dashes, as its file is called. */
  name: string;
  severity: Severity;
  /** The enforcement level unless the configuration sets another. Default mandatory. */
  level?: EnforcementLevel;
  /** What must be so, in one sentence. */
  description: string;
  /** What to do about a violation, in one sentence. */
  remedy: string;
  /** Settings of the rule besides `except`, by name; each needs a default. */
  settings?: PolicyConfigSchema["properties"];
}

interface More {
  area: Area;
  severity: Severity;
  remediationSteps: string;
  enforcementLevel: EnforcementLevel;
  configSchema?: PolicyConfigSchema;
}
export type ResourceRule = ResourceValidationPolicy & More;
export type StackRule = StackValidationPolicy & More;
export type Rule = ResourceRule | StackRule;

/** Reports a violation: the field, what is wrong with it, and what would be right. */
export type Report = (path: string, wrong: string, right: string) => void;

/** Messages begin with the field and end with what would be right. */
export const violationText = (path: string, wrong: string, right: string): string => `${path}: ${wrong}: ${right}`;

/** What a rule's check gets in addition to the resource. */
export interface Context {
  /** A setting of the rule; the default of its schema where the pack isn't configured. */
  setting<T>(name: string): T;
  /** The resource; of a patch with the type of the object that it patches. */
  args: ResourceValidationArgs;
  /** Whether the resource patches an object that another stack or controller owns. */
  isPatch: boolean;
}

/** The name of a resource in the setting `except`. */
type NameOf = (args: Pick<ResourceValidationArgs, "name" | "props">) => string;

/** A rule in which `check` looks at each subject: a resource, or a part of one that the kind of rule finds. */
export interface CheckedRule<Subject> extends RuleText {
  check: (subject: Subject, report: Report, context: Context) => void;
}

/** Such a rule that may also put right what it refuses. */
export interface FixableRule<Subject> extends CheckedRule<Subject> {
  /** Corrects the subject where that is safe. Returns whether it changed anything. */
  fix?: ((subject: Subject, context: Context) => boolean) | undefined;
}

/** The part of the catalogue that a rule is in. */
export interface InArea {
  area: Area;
}

interface ResourceRuleParts extends FixableRule<ResourceValidationArgs>, InArea {
  /** Whether the rule is about resources of a type. */
  applies: (type: string) => boolean;
  nameOf: NameOf;
}

/** A rule that checks each resource whose type `applies` accepts. */
export function resourceRule({ area, applies, check, fix, nameOf, ...text }: ResourceRuleParts): ResourceRule {
  const context = ({ args, isPatch }: GuardedResource): Context => ({
    ...{ args, isPatch },
    setting: <T>(name: string) => settingOf<T>(text, args, name),
  });
  const excepted = (args: ResourceValidationArgs) => {
    const { except } = args.getConfig<{ except?: string[] }>() ?? {};
    return except !== undefined && except.length > 0 && except.includes(nameOf(args));
  };
  return {
    ...policyOf(area, text, {
      except: {
        type: "array",
        items: { type: "string" },
        default: [],
        description: "Names of resources that the rule leaves alone: namespace/name, or name outside a namespace.",
      },
    }),
    validateResource(args, report) {
      const { type, isPatch } = registered(args);
      if (!applies(type)) return;
      decide(args, (missed) => {
        const resource = { isPatch, args: { ...guarded(args, isPatch, missed), type } };
        if (!excepted({ ...args, props: known(args.props, missed) }))
          check(resource.args, (...words) => report(violationText(...words)), context(resource));
      });
    },
    ...(fix
      ? {
          remediateResource(args: ResourceValidationArgs) {
            // A field that a patch leaves out may be right in the patched object.
            const { type, isPatch } = registered(args);
            if (!applies(type) || isPatch) return undefined;
            const resource = guarded(args, isPatch, new Set());
            const changed = attempt(
              () => !excepted(resource) && fix(resource, context({ args: resource, isPatch })),
              false,
            );
            return changed ? args.props : undefined;
          },
        }
      : {}),
  };
}

type GuardedResource = Pick<Context, "args" | "isPatch">;

/** The type of the object that a resource is, or is a patch of. */
function registered({ type, props }: ResourceValidationArgs): { type: string; isPatch: boolean } {
  const patched = patchedType(type, () => textOf(() => known(props, new Set()).kind));
  return { type: patched ?? type, isPatch: patched !== undefined };
}

/** A resource and its provider, guarded against reading unknown values. */
function guarded(args: ResourceValidationArgs, isPatch: boolean, missed: Set<string>): ResourceValidationArgs {
  const { provider } = args;
  return {
    ...args,
    props: isPatch ? knownOfPatch(args.props) : known(args.props, missed),
    ...(provider ? { provider: { ...provider, props: known(provider.props, missed, "provider ") } } : {}),
  };
}

/** Runs a rule, and tells Pulumi which unknown values kept it from deciding. */
function decide(args: { notApplicable?: (reason?: string) => unknown }, work: (missed: Set<string>) => void): void {
  const missed = new Set<string>();
  attempt(() => work(missed), undefined);
  if (missed.size > 0) args.notApplicable?.(`not known before the deployment: ${[...missed].join(", ")}`);
}

interface StackRuleParts extends RuleText, InArea {
  check: (
    resources: PolicyResource[],
    report: (message: [path: string, wrong: string, right: string], urn?: string) => void,
    setting: <T>(name: string) => T,
  ) => void;
}

/** A rule over all resources together. */
export function stackRule({ area, check, ...text }: StackRuleParts): StackRule {
  return {
    ...policyOf(area, text, {}),
    validateStack(args, report) {
      decide(args, (missed) =>
        check(
          args.resources.map((resource) => ({
            ...resource,
            props: known(resource.props, missed, `${resource.name} `),
          })),
          (message, urn) => report(violationText(...message), urn),
          <T>(name: string) => settingOf<T>(text, args, name),
        ),
      );
    },
  };
}

function settingOf<T>(text: RuleText, args: Pick<ResourceValidationArgs, "getConfig">, name: string): T {
  const configured = args.getConfig<Record<string, unknown>>()?.[name];
  return (configured ?? text.settings?.[name]?.default) as T;
}

function policyOf(area: Area, text: RuleText, common: PolicyConfigSchema["properties"]) {
  const { name, severity, level = "mandatory", description, remedy, settings } = text;
  const properties = { ...settings, ...common };
  return {
    name,
    area,
    severity,
    description,
    enforcementLevel: level,
    displayName: name,
    tags: [area],
    remediationSteps: remedy,
    ...(catalogue ? { url: `${catalogue}#${name}` } : {}),
    ...(Object.keys(properties).length > 0 ? { configSchema: { properties } } : {}),
  };
}
