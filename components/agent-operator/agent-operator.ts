// The AgentWorkload operator, with the policy engine that it asks beside it.
import { approvalAdmissionPolicy } from "@agentic/api/approval.ts";
import { agentWorkloadCrd } from "@agentic/api/crd.ts";
import type { Digests } from "@agentic/api/digest.ts";
import { editingAdmissionPolicy } from "@agentic/api/editing-admission.ts";
import { gateAdmissionPolicy } from "@agentic/api/gate-admission.ts";
import { LOG_COLLECTOR_ENV, LOG_PROJECT_ENV } from "@agentic/api/log-format.ts";
import type { MonthBudgets } from "@agentic/api/month-budget.ts";
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import type { Prices } from "@agentic/api/prices.ts";
import { OPERATOR_CLUSTER_RULES, OPERATOR_SYSTEM_RULES } from "@agentic/api/rbac.ts";
import { workloadSizePolicy } from "@agentic/api/workload-admission.ts";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { type LedgerAccess, ledgerEnvironment, ledgerFiles, trustsPlatform } from "../data/litellm/ledger.ts";
import { ownUid } from "../images.ts";
import { serverEnvironment, serverFlags } from "../node-flags.ts";
import { checkReplicas, disruptionBudget, placement } from "../scheduling/placement.ts";
import { enforcePolicy } from "../security/admission.ts";
import { caFile, type Issuer, serverTls, serviceCertificate, tlsFolder, trust } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { randomCredential } from "../security/credential.ts";
import { isOwnCollector } from "../security/flows.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, type Resources, secretVolume, tmpMount, tmpVolume } from "../security/pod.ts";
import { roleRef } from "../security/rbac.ts";
import { BreakGlass } from "../tenancy/break-glass.ts";
import { policyEngine, regoFiles } from "./policy-engine.ts";
import { Schedules } from "./schedules.ts";

export interface AgentOperatorArgs {
  namespace: pulumi.Input<string>;
  /** Full reference of the operator's image. */
  image: string;
  /** Pods: one leads, the others stand by. Default 1. */
  replicas?: number;
  /** Resources of the operator's container. */
  resources?: Resources;
  /** Name of the PriorityClass of its pods. */
  priorityClass?: pulumi.Input<string>;
  /** Workloads that are reconciled at once. Default 8. */
  workers?: number;
  /** Milliseconds that one question to the policy engine may take. Default 2000. */
  policyTimeout?: number;
  /** The least severe level that it logs. Default info. */
  logLevel?: "trace" | "debug" | "info" | "warn" | "error";
  /** Namespaces whose webhooks may be outside of the cluster. Default none. */
  notifyNamespaces?: readonly string[];
  /** An image that tenants' namespaces admit: the Jobs that end break-glass name it, and never run it. */
  timerImage: string;
  /** Where alarms of break-glass are posted to, by https. Default nowhere. */
  alarmUrl?: string;
  /** Where the console answers that notifications link to. Default: they have no links. */
  consoleUrl?: string;
  /** Whom it tells each day what waits for people. Default: nobody. */
  digests?: Digests;
  /** Whose budget's use it tells the tenant's people. Default: nobody's. */
  monthBudgets?: MonthBudgets;
  /** What it reckons the costs of workloads with. Default: it reckons none. */
  prices?: Prices;
  /** Where it records costs. Default: nowhere. */
  ledger?: LedgerAccess;
  /** Base URL of the collector that it sends spans to. Default: it sends none. */
  collectorUrl?: string;
  /** Google Cloud project whose Cloud Logging gets its log. Default: none, and lines have no fields for it. */
  logProject?: string;
  /** Base URL of the collector that takes its log, too. Default: it is printed alone. */
  logsUrl?: string;
  /** How budgets of workloads are held. Default: they have none. */
  budgets?: { claimKey: pulumi.Input<string>; whenUsed?: "ask" | "refuse" };
  /** Issuer of its page's certificate; without one the page is served by plain HTTP. */
  issuer?: Issuer;
}

const part = OPERATOR_NAME;

/** Port of its page, its probes and its metrics. */
export const operatorPort = 8080;

/** Resources of the operator's container by default: docs/scale.md says what they are enough for. */
const defaultResources: Resources = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1", memory: "256Mi" },
};

/** The definition of AgentWorkload, the operator that runs them, and the rules that decide what may run. */
export class AgentOperator extends pulumi.ComponentResource {
  /** What an AgentWorkload depends on. */
  readonly definition: CustomResourceDefinition;
  /** The account that each tenant gives its rights to. */
  readonly account: { name: string; namespace: pulumi.Input<string> };

  constructor(name: string, args: AgentOperatorArgs, options?: pulumi.ComponentResourceOptions) {
    const { replicas = 1 } = args;
    checkReplicas(replicas);
    super("agentic:agents:AgentOperator", name, {}, options);
    const child = { parent: this };
    const { namespace } = args;
    const { metadata, spec } = agentWorkloadCrd();
    this.definition = new CustomResourceDefinition(`${name}-crd`, { metadata, spec } as never, child);
    this.account = { name: part, namespace };
    const { ready } = new BreakGlass(`${name}-break-glass`, {}, child);
    const schedules = new Schedules(`${name}-schedules`, { workloads: this.definition }, child);
    const defined = { parent: this, dependsOn: [this.definition, ...ready, ...schedules.ready] };
    const alarm = args.alarmUrl === undefined ? undefined : this.#alarmKey(name, namespace);
    const { budgets } = args;
    const ofLedger = ledgerFiles(args.ledger);
    const ledger =
      args.ledger &&
      new Secret(
        `${name}-ledger`,
        { metadata: { name: "cost-ledger", namespace, labels: labels(part) }, stringData: ofLedger },
        child,
      ).metadata.name;
    const claims =
      budgets &&
      new Secret(
        `${name}-budget-claims`,
        {
          metadata: { name: "budget-claims", namespace, labels: labels(part) },
          stringData: { key: budgets.claimKey },
        },
        child,
      ).metadata.name;
    enforcePolicy(`${name}-approval`, approvalAdmissionPolicy(), defined);
    enforcePolicy(`${name}-editing`, editingAdmissionPolicy(), defined);
    enforcePolicy(`${name}-gates`, gateAdmissionPolicy(), defined);
    enforcePolicy(`${name}-sizes`, workloadSizePolicy(), defined);
    this.#rights(name, namespace);
    const issued = serviceCertificate(name, { ...args, part, space: NAMESPACES.system }, child);
    const tls = serverTls(issued);
    const authority = trustsPlatform(args.ledger) || isOwnCollector(args.collectorUrl) ? trust(issued) : undefined;
    const policies = new ConfigMap(
      `${name}-policies`,
      { metadata: { name: "agentic-policies", namespace, labels: labels(part) }, data: regoFiles() },
      child,
    );
    new Deployment(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: {
          replicas,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: {
              labels: labels(part),
              annotations: checksum([regoFiles(), budgets?.claimKey ?? "", ofLedger]),
            },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: ownUid, account: part }),
              containers: [this.#operator(args, tls, authority), policyEngine],
              volumes: [
                tmpVolume("64Mi"),
                { name: "policies", configMap: { name: policies.metadata.name } },
                ...(alarm ? [secretVolume(alarmMount.name, alarm)] : []),
                ...(claims ? [secretVolume(claimsMount.name, claims)] : []),
                ...(ledger ? [secretVolume(ledgerMount.name, ledger)] : []),
                ...tls.volumes,
                ...(authority?.volumes ?? []),
              ],
            },
          },
        },
      },
      defined,
    );
    disruptionBudget(name, { part, namespace, replicas }, child);
    this.registerOutputs({});
  }

  #rights(name: string, namespace: pulumi.Input<string>): void {
    const child = { parent: this };
    const subjects = [{ kind: "ServiceAccount", name: part, namespace }];
    new ServiceAccount(
      name,
      { metadata: { name: part, namespace, labels: labels(part) }, automountServiceAccountToken: false },
      child,
    );
    new ClusterRole(name, { metadata: { name: part, labels: labels(part) }, rules: OPERATOR_CLUSTER_RULES }, child);
    new ClusterRoleBinding(
      name,
      { metadata: { name: part, labels: labels(part) }, roleRef: roleRef("ClusterRole", part), subjects },
      child,
    );
    new Role(name, { metadata: { name: part, namespace, labels: labels(part) }, rules: OPERATOR_SYSTEM_RULES }, child);
    new RoleBinding(
      name,
      { metadata: { name: part, namespace, labels: labels(part) }, roleRef: roleRef("Role", part), subjects },
      child,
    );
  }

  /** The Secret with the key that signs alarms; whoever gets them reads it to know the sender. */
  #alarmKey(name: string, namespace: pulumi.Input<string>): pulumi.Output<string> {
    const child = { parent: this };
    const { current } = randomCredential(`${name}-alarm-key`, { length: 48 }, child);
    const metadata = { name: "break-glass-alarm", namespace, labels: labels(part) };
    return new Secret(`${name}-alarm-key`, { metadata, stringData: { key: current.value } }, child).metadata.name;
  }

  #operator(
    { image, resources = defaultResources, workers = 8, policyTimeout = 2000, ...args }: AgentOperatorArgs,
    { scheme, probe, volumeMounts }: ReturnType<typeof serverTls>,
    authority?: ReturnType<typeof trust>,
  ) {
    const { logLevel = "info", notifyNamespaces = [], alarmUrl, collectorUrl, digests = {}, monthBudgets = {} } = args;
    const field = (fieldPath: string) => ({ fieldRef: { fieldPath } });
    return hardenedContainer({
      name: "operator",
      image,
      command: ["node", ...serverFlags(resources.limits.memory), "/app/operator/main.mjs"],
      env: [
        { name: "POD_NAME", valueFrom: field("metadata.name") },
        { name: "POD_NAMESPACE", valueFrom: field("metadata.namespace") },
        { name: "WORKERS", value: String(workers) },
        { name: "OPA_TIMEOUT_MS", value: String(policyTimeout) },
        { name: "LOG_LEVEL", value: logLevel },
        { name: "NOTIFY_NAMESPACES", value: notifyNamespaces.join(",") },
        ...(args.prices ? [{ name: "PRICES", value: JSON.stringify(args.prices) }] : []),
        { name: "TIMER_IMAGE", value: args.timerImage },
        ...(alarmUrl === undefined ? [] : [{ name: "ALARM_URL", value: alarmUrl }]),
        ...(args.consoleUrl ? [{ name: "CONSOLE_URL", value: args.consoleUrl }] : []),
        ...(Object.keys(digests).length > 0 ? [{ name: "DIGESTS", value: JSON.stringify(digests) }] : []),
        ...(Object.keys(monthBudgets).length > 0
          ? [{ name: "MONTH_BUDGETS", value: JSON.stringify(monthBudgets) }]
          : []),
        ...(args.logProject ? [{ name: LOG_PROJECT_ENV, value: args.logProject }] : []),
        ...(args.logsUrl ? [{ name: LOG_COLLECTOR_ENV, value: args.logsUrl }] : []),
        ...(collectorUrl === undefined ? [] : [{ name: "OTLP_URL", value: collectorUrl }]),
        ...(isOwnCollector(collectorUrl) && authority?.volumes.length ? [{ name: "OTLP_CA_FILE", value: caFile }] : []),
        ...(args.budgets
          ? [
              { name: "CLAIM_KEY_FILE", value: `${claimsMount.mountPath}/key` },
              { name: "WHEN_BUDGET_USED", value: args.budgets.whenUsed ?? "ask" },
            ]
          : []),
        ...ledgerEnvironment(args.ledger, ledgerMount.mountPath),
        ...Object.entries(serverEnvironment).map(([name, value]) => ({ name, value })),
        ...(scheme === "https" ? [{ name: "TLS_DIR", value: tlsFolder }] : []),
      ],
      ports: [{ name: "http", containerPort: operatorPort }],
      resources,
      startupProbe: { httpGet: { path: "/healthz", port: "http", ...probe }, periodSeconds: 1, failureThreshold: 60 },
      readinessProbe: { httpGet: { path: "/readyz", port: "http", ...probe }, periodSeconds: 2 },
      livenessProbe: { httpGet: { path: "/healthz", port: "http", ...probe }, periodSeconds: 15, failureThreshold: 4 },
      volumeMounts: [
        tmpMount,
        ...(alarmUrl === undefined ? [] : [alarmMount]),
        ...(args.budgets ? [claimsMount] : []),
        ...(args.ledger ? [ledgerMount] : []),
        ...volumeMounts,
        ...(authority?.volumeMounts ?? []),
      ],
    });
  }
}

/** Where the operator has the key that signs alarms. */
const alarmMount = { name: "alarm", mountPath: "/etc/secrets/alarm", readOnly: true };

/** Where the operator has the key that signs claims. */
const claimsMount = { name: "claims", mountPath: "/etc/secrets/claims", readOnly: true };

/** Where the operator has what the ledger asks for. */
const ledgerMount = { name: "ledger", mountPath: "/etc/secrets/ledger", readOnly: true };
