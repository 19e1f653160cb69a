// What a rule is: a Pulumi policy that also says how bad a violation is, how to put it right, and where it belongs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
import { attempt, known, knownOfPatch, shown } from "./unknown.ts";

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
  stack: "The stack as a whole",
} as const;
export type Area = keyof typeof areas;

/** Where people read the catalogue: `homepage` in the pack's package.json, the address of your copy of docs/policies.md. Unset: no link. */
const { homepage: catalogue } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8")) as {
  homepage?: string;
};

/** What people read of a rule. */
export interface RuleText {
  /** Lower case with dashes, as its file is called. */
  name: string;
  severity: Severity;
  /** What holds unless the configuration says otherwise. Default mandatory. */
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

/** Takes a violation: the field, what is wrong with it, and what would be right. */
export type Report = (path: string, wrong: string, right: string) => void;

/** Messages begin with the field and end with what would be right. */
export const say = (path: string, wrong: string, right: string): string => `${path}: ${wrong}: ${right}`;

/** What a rule's check gets besides the resource. */
export interface Context {
  /** A setting of the rule; the default of its schema where the pack isn't configured. */
  setting<T>(name: string): T;
  /** With the type of the object itself where the resource is a patch of one. */
  args: ResourceValidationArgs;
  /** Whether the resource changes fields of an object that is somebody else's. */
  isPatch: boolean;
}

/** What a resource is called for `except`. */
type NameOf = (args: Pick<ResourceValidationArgs, "name" | "props">) => string;

/** A rule over the resources of the types that `applies` picks, one at a time. */
export function resourceRule(
  area: Area,
  text: RuleText,
  parts: {
    applies: (type: string) => boolean;
    check: (args: ResourceValidationArgs, report: Report, context: Context) => void;
    /** Puts the resource right where that is safe. Returns whether it changed anything. */
    fix?: (args: ResourceValidationArgs, context: Context) => boolean;
    nameOf: NameOf;
  },
): ResourceRule {
  const { applies, check, fix, nameOf } = parts;
  const context = ({ args, isPatch }: Seen): Context => ({
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
        const seen = { isPatch, args: { ...seenBy(args, isPatch, missed), type } };
        if (!excepted({ ...args, props: known(args.props, missed) }))
          check(seen.args, (...words) => report(say(...words)), context(seen));
      });
    },
    ...(fix
      ? {
          remediateResource(args: ResourceValidationArgs) {
            // What a patch leaves out may be right in its object.
            const { type, isPatch } = registered(args);
            if (!applies(type) || isPatch) return undefined;
            const seen = seenBy(args, isPatch, new Set());
            const changed = attempt(() => !excepted(seen) && fix(seen, context({ args: seen, isPatch })), false);
            return changed ? args.props : undefined;
          },
        }
      : {}),
  };
}

type Seen = Pick<Context, "args" | "isPatch">;

/** The type of the object that a resource is, or is a patch of. */
function registered({ type, props }: ResourceValidationArgs): { type: string; isPatch: boolean } {
  const patched = patchedType(type, () => shown(() => known(props, new Set()).kind));
  return { type: patched ?? type, isPatch: patched !== undefined };
}

/** A resource and its provider as a rule may read them. */
function seenBy(args: ResourceValidationArgs, isPatch: boolean, missed: Set<string>): ResourceValidationArgs {
  const { provider } = args;
  return {
    ...args,
    props: isPatch ? knownOfPatch(args.props) : known(args.props, missed),
    ...(provider ? { provider: { ...provider, props: known(provider.props, missed, "provider ") } } : {}),
  };
}

/** Runs a rule; tells Pulumi where it could not decide for want of values that aren't known. */
function decide(args: { notApplicable?: (reason?: string) => unknown }, work: (missed: Set<string>) => void): void {
  const missed = new Set<string>();
  attempt(() => work(missed), undefined);
  if (missed.size > 0) args.notApplicable?.(`not known before the deployment: ${[...missed].join(", ")}`);
}

/** A rule over all resources together. */
export function stackRule(
  area: Area,
  text: RuleText,
  check: (
    resources: PolicyResource[],
    report: (message: [path: string, wrong: string, right: string], urn?: string) => void,
    setting: <T>(name: string) => T,
  ) => void,
): StackRule {
  return {
    ...policyOf(area, text, {}),
    validateStack(args, report) {
      decide(args, (missed) =>
        check(
          args.resources.map((one) => ({ ...one, props: known(one.props, missed, `${one.name} `) })),
          (message, urn) => report(say(...message), urn),
          <T>(name: string) => settingOf<T>(text, args, name),
        ),
      );
    },
  };
}

function settingOf<T>(text: RuleText, args: Pick<ResourceValidationArgs, "getConfig">, name: string): T {
  const given = args.getConfig<Record<string, unknown>>()?.[name];
  return (given ?? text.settings?.[name]?.default) as T;
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
