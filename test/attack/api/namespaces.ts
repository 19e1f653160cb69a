// Attacks of another tenant's team that may change namespaces: it takes a tenant's name, the labels that guard rails hang on, or its rules.
import { gateRulesText } from "@agentic/api/gate-rules.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { type Case, core, DRY_RUN, TENANT } from "./case.ts";

const NAMESPACES = "/api/v1/namespaces";
const enforce = "pod-security.kubernetes.io/enforce";
const guardRails = { "agentic.io/tenant": "acme", [enforce]: "restricted", "policy.sigstore.dev/include": "true" };
const namespace = (name: string, labels: Record<string, string> = {}) => ({ metadata: { name, labels } });
/** The team's own tenant's, with the rules for its gates, by default those of the config. */
const own = (rules = gateRulesText({})) => ({
  metadata: {
    ...namespace("tenant-acme", { ...guardRails, "team.example/stage": "test" }).metadata,
    annotations: rules === "" ? {} : { [ANNOTATIONS.gateRules]: rules },
  },
});
const by = "the admission policy namespaces.agentic.io";

function creation(attack: string, name: string, labels: Record<string, string>, says: string): Case {
  return {
    attack: `makes ${attack}`,
    by,
    says,
    attempt: ({ team }) => team.create(NAMESPACES + DRY_RUN, namespace(name, labels)),
    twin: ({ team }) => team.create(NAMESPACES + DRY_RUN, own()),
  };
}

/** The labels of a namespace that is there, changed by a merge patch. */
const label = (name: string, labels: Record<string, string | null>, subresource = "") =>
  [`${NAMESPACES}/${name}${subresource}${DRY_RUN}`, { metadata: { labels } }] as const;

function labelChange(attack: string, change: ReturnType<typeof label>, says: string): Case {
  return {
    attack: `takes ${attack}`,
    by,
    says,
    attempt: ({ team }) => team.patch(...change),
    twin: ({ team }) => team.patch(...label("team", { [enforce]: "baseline", stage: "live" })),
  };
}

/** The rules for gates of a namespace that is there, changed by a merge patch. */
function ruleChange(attack: string, name: string, rules: string | null, subresource = ""): Case {
  const metadata = { annotations: { [ANNOTATIONS.gateRules]: rules } };
  return {
    attack: `takes ${attack}`,
    by,
    says: "may not set annotation agentic.io/gate-rules",
    attempt: ({ team }) => team.patch(`${NAMESPACES}/${name}${subresource}${DRY_RUN}`, { metadata }),
    twin: ({ team }) =>
      team.patch(`${NAMESPACES}/${name}${DRY_RUN}`, { metadata: { annotations: { "team.example/note": "x" } } }),
  };
}

/** Its own tenant's namespace with other rules than the platform's config has. */
const otherRules = (attack: string, rules: string): Case => ({
  ...creation(
    `its own tenant's ${attack}`,
    "",
    {},
    "must be what the platform's config says, four_eyes=false, quorum=1",
  ),
  attempt: ({ team }) => team.create(NAMESPACES + DRY_RUN, own(rules)),
});

const only = "only the platform makes tenants' namespaces, and who may manage tenants.agentic.io of that name";
const rails = `namespace tenant-acme must have the labels agentic.io/tenant: acme, ${enforce}: restricted`;

export const namespaceCases: Case[] = [
  creation(
    "a namespace of a tenant that isn't its own",
    "tenant-acme2",
    { ...guardRails, "agentic.io/tenant": "acme2" },
    only,
  ),
  creation("a namespace that looks like a tenant's, without any label", "tenant-x", {}, only),
  creation("its own tenant's without Pod Security", "tenant-acme", { "agentic.io/tenant": "acme" }, rails),
  creation(
    "its own tenant's with a weaker Pod Security",
    "tenant-acme",
    { ...guardRails, [enforce]: "privileged" },
    rails,
  ),
  creation(
    "its own tenant's with a Pod Security that there isn't",
    "tenant-acme",
    { ...guardRails, [enforce]: "Restricted" },
    "must be one of privileged, baseline, restricted",
  ),
  creation("its own tenant's as another tenant", "tenant-acme", { ...guardRails, "agentic.io/tenant": "demo" }, rails),
  creation("its own tenant's without a tenant's label", "tenant-acme", { [enforce]: "restricted" }, rails),
  {
    ...creation("one by a name that the server completes to a tenant's", "", {}, only),
    attempt: ({ team }) => team.create(NAMESPACES + DRY_RUN, { metadata: { generateName: "tenant-" } }),
  },
  {
    ...creation("one by server-side apply, as the platform's own manager", "", {}, only),
    attempt: ({ team }) =>
      team.patch(
        `${NAMESPACES}/tenant-y${DRY_RUN}&fieldManager=agentic-platform&force=true`,
        { apiVersion: "v1", kind: "Namespace", ...namespace("tenant-y") },
        { contentType: "application/apply-patch+yaml" },
      ),
  },
  otherRules("with rules of its own", gateRulesText({ "approvers.visual-analysis-template": "friends" })),
  otherRules("without the annotation of its rules", ""),
  otherRules("with rules that say nothing", "none"),
  ruleChange("the rules for gates off another tenant", TENANT, null),
  ruleChange("other rules for another tenant, by the subresource", TENANT, gateRulesText({ quorum: "2" }), "/status"),
  ruleChange("rules for a namespace of its own", "team", gateRulesText({ quorum: "2" })),
  labelChange("Pod Security off another tenant", label(TENANT, { [enforce]: null }), "may not set"),
  labelChange(
    "Pod Security off another tenant, by the subresource",
    label(TENANT, { [enforce]: null }, "/status"),
    "may not",
  ),
  labelChange(
    "another version of Pod Security for another tenant",
    label(TENANT, { "pod-security.kubernetes.io/enforce-version": "v1.0" }),
    "may not set",
  ),
  labelChange(
    "the tenant's label off",
    label(TENANT, { "agentic.io/tenant": null }),
    "may not set agentic.io/tenant of",
  ),
  labelChange(
    "the label of a tenant for another",
    label(TENANT, { "agentic.io/tenant": "acme" }),
    "may not set agentic.io/tenant of",
  ),
  labelChange(
    "the image policy off",
    label(TENANT, { "policy.sigstore.dev/include": "false" }),
    "may not set policy.sigstore",
  ),
  labelChange(
    "the image policy off by an exclusion",
    label(TENANT, { "policy.sigstore.dev/exclude": "true" }),
    "may not set policy.sigstore",
  ),
  labelChange("Pod Security off the platform", label("agentic-system", { [enforce]: null }), "may not set"),
  labelChange("Pod Security off Kubernetes' own", label("kube-system", { [enforce]: "privileged" }), "may not set"),
  labelChange(
    "a tenant's label for its own namespace",
    label("team", { "agentic.io/tenant": "demo" }),
    "may not set agentic.io/tenant",
  ),
  labelChange(
    "the label of the platform's stack for its own namespace",
    label("team", { "agentic.io/stack": "x" }),
    "may not set agentic.io/stack",
  ),
  {
    attack: "takes the name of a platform's namespace, by the label of names",
    by: "the API server, which gives that label itself",
    says: "may not set agentic.io/tenant",
    attempt: ({ team }) =>
      team.patch(...label("team", { "kubernetes.io/metadata.name": "agentic-system", "agentic.io/tenant": "demo" })),
    twin: async ({ team }) => {
      const { metadata } = await team.patch<{ metadata: { labels: Record<string, string> } }>(
        ...label("team", { "kubernetes.io/metadata.name": "agentic-system" }),
      );
      return metadata.labels["kubernetes.io/metadata.name"] === "team" ? metadata : undefined;
    },
  },
  {
    attack: "ends another tenant's namespace by its finalizers",
    by: "RBAC",
    says: 'cannot update resource "namespaces/finalize"',
    attempt: ({ team }) => team.replace(`${NAMESPACES}/${TENANT}/finalize`, namespace(TENANT)),
    twin: ({ team }) => team.get(core(TENANT, "").replace(/\/$/, "")),
  },
];
