// The ten criteria of quality that every template is held to, each with the rules that judge it.

export interface Criterion {
  name: string;
  /** What must be so, in one sentence. */
  demands: string;
  /** Names of the rules: those of the policy pack (docs/policies.md), and the kit's own in quality.ts. */
  rules: readonly string[];
}

/** In the order of a run's life. */
export const CRITERIA: readonly Criterion[] = [
  {
    name: "identity",
    demands: "it says what it does, whose it is, who pays, where its runbook is, and its semantic version",
    rules: ["workflow-description", "workflow-ownership", "template-version"],
  },
  {
    name: "parameters",
    demands: "each parameter is described, and those of a workload are declared",
    rules: ["workflow-description", "catalogue"],
  },
  {
    name: "images",
    demands: "images are named by digest, or by a parameter that the platform fills in",
    rules: ["image-pinned", "image-digest", "image-registries"],
  },
  {
    name: "account",
    demands: "it runs as a service account of its own, and its steps get no API token",
    rules: ["workflow-service-account", "service-account-token"],
  },
  {
    name: "security-context",
    demands: "its pods are what Pod Security `restricted` asks: not root, no privileges, a read-only root, seccomp",
    rules: [
      "privileged",
      "privilege-escalation",
      "capabilities",
      "run-as-non-root",
      "seccomp",
      "read-only-root",
      "host-namespaces",
      "host-ports",
      "volume-types",
      "security-modules",
      "kernel-settings",
    ],
  },
  {
    name: "resources",
    demands: "each step says what it needs and may take, and the run how many pods it has at once",
    rules: ["resources", "workflow-parallelism"],
  },
  {
    name: "deadlines",
    demands: "each step and each gate ends after a time",
    rules: ["workflow-deadlines", "gate"],
  },
  {
    name: "retries",
    demands: "steps are tried again by the kind of their failure, up to a limit, with a growing pause",
    rules: ["workflow-retries", "retry-by-kind"],
  },
  {
    name: "notification",
    demands: "somebody hears of its end: the operator tells of workloads, an exit handler of everything else",
    rules: ["notification"],
  },
  {
    name: "clean-up",
    demands: "finished pods and runs are deleted after a time",
    rules: ["workflow-clean-up"],
  },
];

/** The criterion that a violation of a rule in a field is about; undefined for what isn't a matter of quality, as an unknown field. */
export function criterionOf(rule: string, field: string): string | undefined {
  const names = CRITERIA.filter(({ rules }) => rules.includes(rule)).map(({ name }) => name);
  // One rule judges the descriptions of the template and of its parameters.
  if (names.includes("parameters") && names.length > 1) return field.includes("parameters") ? "parameters" : names[0];
  return names[0];
}
