// Where a part's pods run: their priority, and apart from each other where there are several.
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { labels, selector } from "../security/labels.ts";

/** Nodes that a pod asks for, and whose taints it bears. */
export interface NodeChoice {
  nodeSelector: Record<string, string>;
  tolerations: { key: string; operator: "Equal"; value: string; effect: "NoSchedule" }[];
  /** RuntimeClass of a sandbox, such as `gvisor`. */
  runtimeClassName?: string;
}

/** Any node that has the RuntimeClass. */
export const sandboxed = (runtimeClassName: string): NodeChoice => ({
  nodeSelector: {},
  tolerations: [],
  runtimeClassName,
});

/** How many pods a part has, and what they give way to. */
export interface Scheduling {
  /** Pods of the part. Default 1. */
  replicas?: number;
  /** Name of their PriorityClass. Default: the cluster's. */
  priorityClass?: pulumi.Input<string>;
  /** Their nodes. Default: any. */
  nodes?: NodeChoice;
}

/** Labels of nodes that tell where they are, with what to do when the pods can't be spread evenly over them. */
const domains = [
  // A zone may be full or without nodes: the spread is a preference, and the pod starts anywhere.
  { topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
  // A node that fails must take as few pods with it as possible. A cluster of one node has nothing to spread over: all start.
  { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" },
] as const;

/**
 * Fields of a part's pod spec. Several pods are kept apart by zone and by host, and a roll-out's new pods are counted for
 * themselves, so that the old ones don't push them together.
 */
export function placement(part: string, { replicas = 1, priorityClass, nodes }: Scheduling) {
  const labelSelector = { matchLabels: selector(part) };
  const priority = { ...(priorityClass === undefined ? {} : { priorityClassName: priorityClass }), ...nodes };
  if (replicas === 1) return priority;
  return {
    ...priority,
    topologySpreadConstraints: domains.map((domain) => ({
      maxSkew: 1,
      ...domain,
      // A node whose taints keep the part's pods away doesn't count for the spread.
      ...(domain.whenUnsatisfiable === "DoNotSchedule" ? { nodeTaintsPolicy: "Honor" } : {}),
      labelSelector,
      matchLabelKeys: ["pod-template-hash"],
    })),
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { labelSelector, topologyKey: "kubernetes.io/hostname" } },
        ],
      },
    },
  };
}

/**
 * Keeps all but one of a part's pods running while nodes are drained; a pod that is broken anyway may always go. A part with
 * one pod gets no budget, which would only block every drain.
 */
export function disruptionBudget(
  name: string,
  args: { part: string; namespace: pulumi.Input<string>; replicas?: number },
  options: pulumi.CustomResourceOptions,
): PodDisruptionBudget | undefined {
  const { part, namespace, replicas = 1 } = args;
  if (replicas === 1) return undefined;
  return new PodDisruptionBudget(
    name,
    {
      metadata: { name: part, namespace, labels: labels(part) },
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: selector(part) },
      },
    },
    options,
  );
}

/** Throws where `replicas` isn't a number of pods. */
export function checkReplicas(replicas: number): void {
  checkWholeNumbers({ replicas }, { from: 1 });
}
