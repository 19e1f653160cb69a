// Config section `tenants`: the teams that share the platform.
import { BUCKET_NAME } from "@agentic/api/artifacts.ts";
import { MAX_QUORUM } from "@agentic/api/gate-rules.ts";
import { AMOUNT_PATTERN } from "@agentic/api/money.ts";
import { DEFAULT_BUCKET, DEFAULT_TENANT } from "@agentic/api/names.ts";
import { type Static, Type } from "typebox";
import { digestErrors, digestSchema } from "./digest-section.ts";
import { closed, cpuPattern, dnsLabel, memoryPattern, wholeNumber } from "./fields.ts";
import { membersSchema } from "./members-section.ts";
import { type ObjectQuota, objectQuota, objectQuotaSchema } from "./object-quota.ts";
import type { Profile } from "./profile.ts";

const tenant = Type.Object(
  {
    name: Type.String({ pattern: dnsLabel, maxLength: 40, description: "The namespace is tenant-<name>." }),
    bucket: Type.Optional(
      Type.String({
        pattern: BUCKET_NAME,
        description: "Its bucket for artifacts. Default: artifacts, or artifacts-<name>.",
      }),
    ),
    owner: Type.Optional(Type.String({ description: "Who answers for it. Default platform." })),
    costCenter: Type.Optional(Type.String({ description: "Who pays for it. Default platform." })),
    allowedSites: Type.Optional(
      Type.Array(
        Type.Object(
          {
            namespace: Type.String({ pattern: dnsLabel, description: "Where its pods are." }),
            host: Type.String({ pattern: "^[a-z0-9.-]+$", description: "As target URLs name it." }),
            port: Type.Integer({ minimum: 1, maximum: 65535, description: "Of its pods and of the URLs." }),
            pods: Type.Optional(
              Type.Record(Type.String(), Type.String(), {
                minProperties: 1,
                description:
                  "Labels of its pods. Default: the port is open on all pods of the namespace, which is more than the site needs.",
              }),
            ),
          },
          closed,
        ),
        { description: "Sites inside the cluster that its agents may read." },
      ),
    ),
    egressInternet: Type.Optional(
      Type.Boolean({ description: "Whether its agents may read public sites. Default false." }),
    ),
    external: Type.Optional(
      Type.Boolean({
        description:
          "true: its own team's stack makes the namespace (the client's Tenant), with what the output tenantGrants holds. Default false.",
      }),
    ),
    members: Type.Optional(membersSchema),
    approval: Type.Optional(
      Type.Object(
        {
          mode: Type.Optional(
            Type.Union([Type.Literal("auto"), Type.Literal("manual")], {
              description: "manual: a person approves each workload. Default auto: as the workload says.",
            }),
          ),
          minThreshold: Type.Optional(
            Type.String({
              pattern: "^(0\\.[0-9]{2}|1\\.00)$",
              description: "The least threshold of a workload in mode auto, such as 0.95. Default: any.",
            }),
          ),
          policy: Type.Optional(
            Type.Union([Type.Literal("strict"), Type.Literal("permissive")], {
              description: "strict: no workload in mode auto is permissive. Default permissive: as the workload says.",
            }),
          ),
          fourEyes: Type.Optional(
            Type.Boolean({
              description:
                "true: a person approves each workload, and never who has submitted it, which its annotation agentic.io/submitted-by says. Default false.",
            }),
          ),
          quorum: wholeNumber({
            from: 1,
            to: MAX_QUORUM,
            description: "How many different people must approve each workload. Default 1.",
          }),
          approvers: Type.Optional(
            Type.Record(
              Type.String({ pattern: "^[a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?$" }),
              Type.Array(Type.String({ pattern: "^\\S([^\\n]*\\S)?$", maxLength: 256 }), { minItems: 1 }),
              {
                ...closed,
                minProperties: 1,
                description:
                  "By template: groups, of one of which a person approves each of its workloads. Default: whoever may approve.",
              },
            ),
          ),
        },
        { ...closed, description: "What its workloads may ask for at the approval gate." },
      ),
    ),
    allowedTemplates: Type.Optional(
      Type.Array(Type.String({ pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", maxLength: 253 }), {
        minItems: 1,
        description: "The templates that its workloads may run, by name. Default: all in its namespace.",
      }),
    ),
    events: Type.Optional(
      Type.Union([Type.Literal("signed"), Type.Literal("token"), Type.Literal("none")], {
        description:
          "signed: senders sign each event with its token, so that nobody can alter one or send it again; token: they send the token itself, which is all that eventEngine argo can check; none: it takes no events. Default signed; token with eventEngine argo.",
      }),
    ),
    digest: Type.Optional(digestSchema),
    tracePrompts: Type.Optional(
      Type.Boolean({
        description:
          "Whether spans of its workloads have what models are asked and answer: what is on its pages, too. Keys, addresses and long numbers are hidden in it, and pictures are left out. Default false.",
      }),
    ),
    budget: Type.Optional(
      Type.Object(
        {
          amount: Type.Optional(
            Type.String({ pattern: AMOUNT_PATTERN, description: "Money, a decimal in the currency of section cost." }),
          ),
          tokens: wholeNumber({ from: 1, to: 1_000_000_000_000, description: "Tokens, asked and answered." }),
          calls: wholeNumber({ from: 1, to: 1_000_000_000, description: "Calls." }),
        },
        {
          ...closed,
          minProperties: 1,
          description: "The most that it may spend on models in a calendar month (UTC). Default: no limit.",
        },
      ),
    ),
    quota: Type.Optional(
      Type.Object(
        {
          cpu: Type.Optional(Type.String({ pattern: cpuPattern, description: "Cores. Default 16." })),
          memory: Type.Optional(Type.String({ pattern: memoryPattern, description: "Bytes. Default 24Gi." })),
          pods: wholeNumber({ from: 1, to: 10_000, description: "Number. Default 100." }),
          objects: Type.Optional(objectQuotaSchema),
        },
        { ...closed, description: "The most that it may take of the cluster." },
      ),
    ),
  },
  closed,
);

export const tenantsSchema = Type.Array(tenant, {
  minItems: 1,
  description: "The teams. Default: one, named demo.",
});

type TenantSettings = Static<typeof tenant>;
export type TenantConfig = Required<Omit<TenantSettings, "quota" | "allowedTemplates" | "budget" | "digest">> & {
  allowedTemplates?: string[];
  digest?: NonNullable<TenantSettings["digest"]>;
  budget?: NonNullable<TenantSettings["budget"]>;
  quota: { cpu: string; memory: string; pods: number; objects: ObjectQuota };
};

/** The section with its defaults: those of the numbers of objects follow from the profile, how events come from their engine. */
export function tenantsConfig(
  value: TenantSettings[] | undefined,
  { profile, eventEngine }: { profile: Profile; eventEngine: "argo" | "builtin" },
): TenantConfig[] {
  return (value ?? [{ name: DEFAULT_TENANT }]).map((tenant) => ({
    bucket: tenant.name === DEFAULT_TENANT ? DEFAULT_BUCKET : `${DEFAULT_BUCKET}-${tenant.name}`,
    owner: "platform",
    costCenter: "platform",
    allowedSites: [],
    egressInternet: false,
    external: false,
    members: [],
    approval: {},
    tracePrompts: false,
    events: eventEngine === "argo" ? "token" : "signed",
    ...tenant,
    quota: {
      cpu: "16",
      memory: "24Gi",
      pods: 100,
      ...tenant.quota,
      objects: objectQuota(tenant.quota?.objects, profile),
    },
  }));
}

/** What is wrong with the teams taken together; `key` writes a config key in full. */
export function tenantErrors(value: TenantSettings[] | undefined, key: (path: string) => string): string[] {
  const notUnique = (["name", "bucket"] as const).flatMap((what) => {
    const list = value?.flatMap((tenant) => tenant[what] ?? []) ?? [];
    const twice = list.find((value, i) => list.indexOf(value) !== i);
    return twice === undefined ? [] : [`${key("tenants")} has ${what} '${twice}' twice: each tenant needs its own`];
  });
  const noDigests = (value ?? []).flatMap(({ digest }, index) => digestErrors(digest, key(`tenants[${index}].digest`)));
  return [...notUnique, ...noDigests];
}
