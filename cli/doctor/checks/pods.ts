// Pods that can't start: images that can't be pulled, containers that end again and again, no room on a node.
import { since } from "@agentic/api/times.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";
import { pathOf } from "../sight.ts";

interface ContainerStatus {
  name: string;
  image: string;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string } };
}

interface Pod {
  metadata: { name: string; namespace: string; creationTimestamp?: string };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

/** What to do about a container that waits, by the kubelet's reason. */
const FIXES: Record<string, string> = {
  ErrImagePull:
    "is the name right, is the image there, may the node pull it? embedded: `make up` imports it; docs/image-signing.md",
  CrashLoopBackOff: "`kubectl logs --previous` has its last words",
  CreateContainerConfigError: "a ConfigMap or Secret that it names is missing: `kubectl describe pod`",
  CreateContainerError: "`kubectl describe pod` has the runtime's message",
};
const PULL_REASONS = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"];

export const pods: Check = {
  name: "pods",
  asks: "can every pod start, with the image that it names?",
  async look(see) {
    const findings: Finding[] = [];
    for (const { name: namespace } of see.spaces)
      for (const pod of (await see.list<Pod>(pathOf("v1", "pods", namespace))) ?? []) findings.push(...stuck(pod));
    return findings;
  },
};

function stuck({ metadata, status = {} }: Pod): Finding[] {
  const where = `Pod ${metadata.namespace}/${metadata.name}`;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const waiting = containers.flatMap(({ name, image, restartCount = 0, state }) => {
    const { reason = "", message = "" } = state?.waiting ?? {};
    if (PULL_REASONS.includes(reason))
      return [problem(where, `the image ${image} can't be pulled (${reason}): ${message}`, FIXES.ErrImagePull ?? "")];
    const fix = FIXES[reason];
    return fix
      ? [problem(where, `container ${name}: ${reason}, started ${restartCount} times again: ${message}`, fix)]
      : [];
  });
  if (waiting.length > 0) return waiting;
  const unscheduled = status.conditions?.find(
    ({ type, reason }) => type === "PodScheduled" && reason === "Unschedulable",
  );
  if (!unscheduled) return [];
  return [
    warning(
      where,
      `no node takes it, for ${since(metadata.creationTimestamp)}: ${unscheduled.message ?? ""}`,
      "wait for pods to end, add a node, or ask for less; `kubectl describe pod` says which nodes refuse it and why",
    ),
  ];
}
