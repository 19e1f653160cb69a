// Resources of Google Cloud, as @pulumi/gcp registers them.
import {
  type CheckedRule,
  type Context,
  type InArea,
  type ResourceRule,
  type RuleText,
  resourceRule,
} from "../rule.ts";
import { anyOf, gather } from "../unknown.ts";
import { type Fields, fields, items, texts } from "../values.ts";

interface GcpRuleParts extends CheckedRule<Fields>, Partial<InArea> {
  /** Types of resources, such as `gcp:storage/bucket:Bucket`, or a pattern of them. */
  types: readonly string[] | RegExp;
}

/** A rule over the resources of some types. */
export function gcpRule({ types, check, ...rest }: GcpRuleParts): ResourceRule {
  const applies = types instanceof RegExp ? (type: string) => types.test(type) : (type: string) => types.includes(type);
  return resourceRule({
    area: "gcp",
    ...rest,
    applies,
    check: ({ props }, report, context) => check(props as Fields, report, context),
    nameOf: ({ name }) => name,
  });
}

export const cluster = "gcp:container/cluster:Cluster";
export const nodePool = "gcp:container/nodePool:NodePool";
export const bucket = "gcp:storage/bucket:Bucket";
export const sqlInstance = "gcp:sql/databaseInstance:DatabaseInstance";

/** Setting of rules about the node pools of agents. */
export const agentPools: RuleText["settings"] = {
  pools: {
    type: "array",
    items: { type: "string" },
    default: ["agents"],
    description: "A pool whose name contains one of these is for agents.",
  },
};

/** Whether a node pool is for agents, by that setting. */
export const isForAgents = (props: Fields, { args, setting }: Context): boolean =>
  isNamed(setting<string[]>("pools"), args.name, () => props.name);

/** Whether the resource's name, or its name in the cloud, contains one of some words. */
export const isNamed = (words: readonly string[], name: string, ofCloud: () => unknown): boolean =>
  anyOf(
    () => words.some((word) => name.includes(word)),
    () => words.some((word) => String(ofCloud() ?? "").includes(word)),
  );

/** Types of IAM members (one member of a role) and IAM bindings (all members of a role). */
export const memberships = /^gcp:\w+\/\w*iam(member|binding):/i;

/** The known members of an IAM member or binding, each with the path of its field. */
export const membersOf = (props: Fields): { path: string; member: string }[] =>
  gather(["member", "members"], (name) => {
    if (name === "member") return props.member === undefined ? [] : [{ path: name, member: String(props.member) }];
    return gather(texts(props.members), (member, i) => [{ path: `members[${i}]`, member }]);
  });

/** A block, which the provider accepts as an object or as a list with one object. */
export const block = (value: unknown): Fields => (Array.isArray(value) ? (items(value)[0] ?? {}) : fields(value));

/** The object at the end of a path of blocks. */
export const blockAt = (value: unknown, ...names: string[]): Fields =>
  names.reduce((parent, name) => block(parent[name]), block(value));
