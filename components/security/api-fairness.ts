// The API server's own fairness: a tenant's requests wait behind each other, never in front of the platform's.
import { FlowSchema } from "@pulumi/kubernetes/flowcontrol/v1/flowSchema.js";
import { PriorityLevelConfiguration } from "@pulumi/kubernetes/flowcontrol/v1/priorityLevelConfiguration.js";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "./labels.ts";

export interface ApiFairnessArgs {
  /** The platform's namespaces whose accounts control workloads: operator, engine, events. */
  platform: readonly string[];
  /** The tenants' namespaces, those that other stacks make included. */
  tenants: readonly string[];
}

/** Every request of any kind, as rules of a FlowSchema. */
const everything = {
  resourceRules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"], namespaces: ["*"], clusterScope: true }],
  nonResourceRules: [{ nonResourceURLs: ["*"], verbs: ["*"] }],
};

/**
 * Two levels with shares of their own, before the server's `workload-low`, in which all accounts would share. The platform's
 * lends nothing, so it is there at once when it is needed. Each account has queues of its own: one that
 * floods fills these, is told to come back later (429), and takes no seat from another.
 */
export class ApiFairness extends pulumi.ComponentResource {
  constructor(name: string, args: ApiFairnessArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:security:ApiFairness", name, {}, options);
    this.#level("agentic-platform", {
      shares: 40,
      lendable: 0,
      // Lower than those of the server's own schemas for all accounts (9000), after those for leader election and nodes.
      precedence: 2_000,
      namespaces: args.platform,
    });
    this.#level("agentic-tenants", {
      shares: 20,
      lendable: 50,
      precedence: 2_100,
      namespaces: args.tenants,
    });
    this.registerOutputs({});
  }

  #level(
    levelName: string,
    args: { shares: number; lendable: number; precedence: number; namespaces: readonly string[] },
  ): void {
    // A schema without a subject isn't valid: it would match nobody.
    if (args.namespaces.length === 0) return;
    const child = { parent: this };
    const level = new PriorityLevelConfiguration(
      levelName,
      {
        metadata: { name: levelName, labels: labels(levelName) },
        spec: {
          type: "Limited",
          limited: {
            nominalConcurrencyShares: args.shares,
            lendablePercent: args.lendable,
            limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 6, queueLengthLimit: 50 } },
          },
        },
      },
      child,
    );
    new FlowSchema(
      levelName,
      {
        metadata: { name: levelName, labels: labels(levelName) },
        spec: {
          priorityLevelConfiguration: { name: level.metadata.name },
          matchingPrecedence: args.precedence,
          distinguisherMethod: { type: "ByUser" },
          rules: [
            {
              ...everything,
              subjects: args.namespaces.map((namespace) => ({
                kind: "Group",
                group: { name: `system:serviceaccounts:${namespace}` },
              })),
            },
          ],
        },
      },
      child,
    );
  }
}
