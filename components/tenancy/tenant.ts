// A tenant: a closed namespace in which one team's workloads run, with just what they need.
import { BREAK_GLASS_RULES } from "@agentic/api/access-request.ts";
import { INCLUDE_LABEL } from "@agentic/api/admission.ts";
import { stepKey } from "@agentic/api/budget-claim.ts";
import { gateRulesText, gateSettingsOf } from "@agentic/api/gate-rules.ts";
import { MONTH_BUDGET_CONFIG_MAP } from "@agentic/api/month-budget.ts";
import {
  AGENT_SERVICE_ACCOUNT,
  AGENT_WORKLOAD,
  ANNOTATIONS,
  API_GROUP,
  ARGO,
  BREAK_GLASS_ROLE,
  EXECUTOR_SERVICE_ACCOUNT,
  LABELS,
  TENANT_CONFIG_MAP,
  tenantNamespace,
} from "@agentic/api/names.ts";
import { OPERATOR_TENANT_RULES, type PolicyRule } from "@agentic/api/rbac.ts";
import type { Member } from "@agentic/api/roles.ts";
import { PARAMETERS, SECRETS, STEP_KEY } from "@agentic/api/template.ts";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { type Quota, SecureNamespace } from "../cluster/namespaces.ts";
import { platformOnly } from "../scheduling/priority-classes.ts";
import { certificate, type Issuer } from "../security/certificates.ts";
import { firstGeneration, generationName, type Rotation } from "../security/generation.ts";
import { roleRef } from "../security/rbac.ts";
import { accountTokens } from "./account-token.ts";
import { tenantMembers } from "./members.ts";

/** A site inside the cluster that the tenant's agents may read. */
export interface AllowedSite {
  namespace: string;
  /** Host name as target URLs have it, such as `site.sample-site`. */
  host: string;
  port: number;
  /** Labels of its pods. Absent: all pods of the namespace. */
  pods?: Readonly<Record<string, string>>;
}

/** An account of the workflow engine with the rules of its role in a tenant's namespace. */
export interface EngineRights {
  account: { name: string; namespace: string };
  rules: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

/** What a Role of the namespace allows, and the accounts that have it. */
interface Grant {
  rules: readonly PolicyRule[];
  subjects: readonly { name: pulumi.Input<string>; namespace: pulumi.Input<string> }[];
}

export interface TenantArgs {
  /** 1 to 40 of a-z, 0-9 and -; the namespace is `tenant-<name>`. */
  tenant: string;
  owner: string;
  costCenter: string;
  quota: Quota;
  /** In-cluster sites whose private addresses the agents may reach. */
  allowedSites: readonly AllowedSite[];
  /** Who of the team may do what. Default nobody, but who has the tenant's kubeconfig. */
  members?: readonly Member[];
  /** Template parameters of every workload of the tenant, and what its workloads may ask for (TENANT_SETTINGS); but `allowed_hosts`, which follows from `allowedSites`. */
  parameters: Record<string, pulumi.Input<string>>;
  /** Whether it has a budget of the month, whose use the operator tells its people. Default false. */
  hasMonthBudget?: boolean;
  /** Absent where the object store knows pods by their service account: there is no Secret for it then. */
  objectStore?: { accessKey: pulumi.Input<string>; secretKey: pulumi.Input<string> };
  /** Absent where something else makes the Secret, such as the External Secrets Operator. */
  postgresPassword?: pulumi.Input<string>;
  /** The login that has the password. Default: the one that the connection string names. */
  postgresUser?: pulumi.Input<string>;
  /** PEM of the authority that signed Postgres' certificate, where clients must check it. */
  postgresAuthority?: pulumi.Input<string>;
  browserlessToken: pulumi.Input<string>;
  litellmKey: pulumi.Input<string>;
  /** The operator's account, which gets its rights here. */
  operator: { name: string; namespace: pulumi.Input<string> };
  /** The workflow engine's account, and what it may change here. Absent: it has rights in the whole cluster. */
  engine?: EngineRights;
  /** Argo's executor writes task results and needs a token for that; the built-in engine has none. */
  executor: boolean;
  /** Signs for the services: the authority that the tenant's pods trust. Absent where the services have no certificates. */
  issuer?: Issuer;
  /** Whether only images run here that an ImagePolicy admits. Default false. */
  admittedImages?: boolean;
  /** Accounts that make AgentWorkloads of events here. Default none. */
  eventAccounts?: readonly { name: string; namespace: string }[];
  /** Generations of the credentials in the Secrets, which say them in an annotation. Default: the first of each. */
  generations?: Generations;
  /** Generation of the executor's token. Default: the first. */
  accounts?: Rotation;
  /** What each Secret waits for: the service must know its credentials before an agent has them. Default nothing. */
  secretsAfter?: Partial<Record<CredentialSecret, readonly pulumi.Resource[]>>;
}

/** The Secrets of a tenant's credentials. */
export type CredentialSecret = "objectStore" | "postgres" | "browserless" | "litellm";
export type Generations = Partial<Record<CredentialSecret, number>>;

/** On a ServiceAccount: the Secret with the token that Argo gives its executor. */
const ARGO_TOKEN_NAME = "workflows.argoproj.io/service-account-token.name";

/** Metadata of an object of the tenant, by its name. */
type Metadata = (name: string) => { name: string; namespace: pulumi.Output<string>; labels: Record<string, string> };

function generationOf(generation = 1): Record<string, string> {
  return generation === 1 ? {} : { [ANNOTATIONS.generation]: String(generation) };
}

/** A team's namespace, with its accounts, secrets, settings and roles. */
export class Tenant extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly serviceAccount = AGENT_SERVICE_ACCOUNT;

  constructor(name: string, args: TenantArgs, options?: pulumi.ComponentResourceOptions) {
    if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(args.tenant))
      throw new Error(`tenant: '${args.tenant}' is not a valid tenant name: 1 to 40 of a-z, 0-9 and -`);
    super("agentic:tenancy:Tenant", name, {}, options);
    const child = { parent: this };
    const { owner, costCenter, quota } = args;
    const space = new SecureNamespace(
      name,
      {
        namespace: tenantNamespace(args.tenant),
        owner,
        costCenter,
        quota,
        labels: { [LABELS.tenant]: args.tenant, ...(args.admittedImages ? { [INCLUDE_LABEL]: "true" } : {}) },
        annotations: { [ANNOTATIONS.gateRules]: pulumi.output(gateSettingsOf(args.parameters)).apply(gateRulesText) },
      },
      child,
    );
    this.namespace = space.namespace;
    const scopeName = "PriorityClass";
    new ResourceQuota(
      `${name}-priorities`,
      {
        metadata: { name: "priorities", namespace: this.namespace, labels: { [LABELS.tenant]: args.tenant } },
        spec: {
          hard: { pods: "0" },
          scopeSelector: { matchExpressions: [{ scopeName, operator: "In", values: [...platformOnly] }] },
        },
      },
      child,
    );
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: this.namespace,
      labels: { [LABELS.tenant]: args.tenant },
    });
    new ConfigMap(
      `${name}-parameters`,
      {
        metadata: {
          ...metadata(TENANT_CONFIG_MAP),
          // Who pays: the operator can't read namespaces, whose labels say so, too.
          labels: { [LABELS.tenant]: args.tenant, [LABELS.owner]: owner, [LABELS.costCenter]: costCenter },
        },
        data: {
          ...args.parameters,
          [PARAMETERS.allowedHosts]: args.allowedSites.map(({ host, port }) => `${host}:${port}`).join(","),
        },
      },
      child,
    );
    // Its data is the operator's.
    if (args.hasMonthBudget)
      new ConfigMap(`${name}-month-budget`, { metadata: metadata(MONTH_BUDGET_CONFIG_MAP) }, child);
    const {
      objectStore,
      postgresPassword,
      postgresUser,
      postgresAuthority,
      generations = {},
      secretsAfter = {},
    } = args;
    const secret = (key: CredentialSecret, stringData: Record<string, pulumi.Input<string>>) =>
      new Secret(
        `${name}-${SECRETS[key].name}`,
        { metadata: { ...metadata(SECRETS[key].name), annotations: generationOf(generations[key]) }, stringData },
        { ...child, dependsOn: [...(secretsAfter[key] ?? [])] },
      );
    if (objectStore)
      secret("objectStore", { "access-key": objectStore.accessKey, "secret-key": objectStore.secretKey });
    if (postgresPassword !== undefined)
      secret("postgres", {
        password: postgresPassword,
        ...(postgresUser === undefined ? {} : { user: postgresUser }),
        ...(postgresAuthority === undefined ? {} : { "ca.crt": postgresAuthority }),
      });
    secret("browserless", { token: args.browserlessToken });
    secret("litellm", {
      "api-key": args.litellmKey,
      [STEP_KEY]: pulumi.output(args.litellmKey).apply((key) => (key ? stepKey(key) : "")),
    });
    if (args.issuer) {
      const { name: caSecret } = SECRETS.ca;
      const { issuer, tenant } = args;
      certificate(
        `${name}-ca`,
        { secret: caSecret, namespace: this.namespace, issuer, part: tenantNamespace(tenant) },
        child,
      );
    }
    new ServiceAccount(
      `${name}-agent`,
      { metadata: metadata(AGENT_SERVICE_ACCOUNT), automountServiceAccountToken: false },
      child,
    );
    if (args.executor) this.#executor(name, metadata, args.accounts);
    this.#roles(name, args, metadata);
    const { tenant, members = [] } = args;
    tenantMembers(name, { tenant, namespace: this.namespace, members }, child);
    this.registerOutputs({ namespace: this.namespace });
  }

  /** Argo's own containers in a pod report by writing one kind of object; the agents' container has no token. */
  #executor(name: string, metadata: Metadata, rotation: Rotation = firstGeneration): void {
    const child = { parent: this };
    const tokenName = `${EXECUTOR_SERVICE_ACCOUNT}.service-account-token`;
    const { generation } = rotation;
    // Argo looks for the first generation's name by itself.
    const annotations: Record<string, string> =
      generation === 1 ? {} : { [ARGO_TOKEN_NAME]: generationName(tokenName, generation) };
    const account = new ServiceAccount(
      `${name}-executor`,
      { metadata: { ...metadata(EXECUTOR_SERVICE_ACCOUNT), annotations }, automountServiceAccountToken: false },
      child,
    );
    accountTokens(
      `${name}-executor-token`,
      { metadata: metadata(tokenName), account: account.metadata.name, rotation },
      child,
    );
    this.#grant(`${name}-executor`, metadata(EXECUTOR_SERVICE_ACCOUNT), {
      rules: [{ apiGroups: [ARGO.group], resources: ["workflowtaskresults"], verbs: ["create", "patch"] }],
      subjects: [{ name: account.metadata.name, namespace: this.namespace }],
    });
  }

  /** A Role and who has it. */
  #grant(name: string, metadata: { name: string; namespace: pulumi.Output<string> }, { rules, subjects }: Grant): void {
    const child = { parent: this };
    const role = new Role(name, { metadata, rules: rules.map((rule) => ({ ...rule })) }, child);
    new RoleBinding(
      name,
      {
        metadata,
        roleRef: roleRef("Role", role.metadata.name),
        subjects: subjects.map((account) => ({ kind: "ServiceAccount", ...account })),
      },
      child,
    );
  }

  #roles(name: string, args: TenantArgs, metadata: Metadata): void {
    const child = { parent: this };
    if (args.engine) {
      const { account, rules } = args.engine;
      this.#grant(`${name}-engine`, metadata("workflow-engine"), { rules, subjects: [account] });
    }
    if (args.eventAccounts?.length)
      this.#grant(`${name}-events`, metadata("agentic-events"), {
        rules: [{ apiGroups: [API_GROUP], resources: [AGENT_WORKLOAD.plural], verbs: ["create"] }],
        subjects: args.eventAccounts,
      });
    this.#grant(`${name}-operator`, metadata("agentic-operator"), {
      rules: OPERATOR_TENANT_RULES,
      subjects: [args.operator],
    });
    // For whom an AccessRequest names, for a time.
    new Role(`${name}-break-glass`, { metadata: metadata(BREAK_GLASS_ROLE), rules: BREAK_GLASS_RULES }, child);
  }
}
