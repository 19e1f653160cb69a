// A workload without a Workflow: the conditions for creating one, checked in order, and what it waits for meanwhile.
import { durationMs } from "@agentic/api/duration.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { OPTIONAL_PARAMETERS } from "@agentic/api/template.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { budgetClaim } from "./claim.ts";
import { noteTightTime } from "./deadlines.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import { jobIdOf, mergeParameters } from "./parameters.ts";
import { noteSuspension, waitStart } from "./suspension.ts";
import { parseTime } from "./time.ts";
import type { Decision } from "./types.ts";
import { buildWorkflow } from "./workflow.ts";

/** Decides on the start of the run with this number; `since` is when its wait began (milliseconds). */
export function start(draft: Draft, attempt: number, since: number): Decision {
  const { workload, template, tenant, answers } = draft.observed;
  const { spec, metadata } = workload;

  if ((spec.clusterRef ?? "local") !== "local") {
    const message = `spec.clusterRef: ${spec.clusterRef} is not a known cluster; use local, which is this cluster`;
    return draft.refuse("Failed", "UnknownCluster", message).done();
  }
  noteSuspension(draft, spec.suspend ?? false);
  if (spec.suspend) return draft.waitPending("Suspended", "suspended by spec.suspend").done();

  const ref = templateRefOf(workload);
  const kind = ref.clusterScope ? "ClusterWorkflowTemplate" : "WorkflowTemplate";
  if (!template) {
    const where = ref.clusterScope ? "in the cluster" : `in namespace ${metadata.namespace}`;
    return wait(
      draft,
      since,
      "TemplateNotFound",
      `there is no ${kind} ${ref.name} ${where}; the run starts once there is`,
    );
  }
  const claim = budgetClaim(workload, draft.observed.budgets);
  const merged = mergeParameters(workload, template, tenant, claim);
  if (!merged.ok) {
    if (merged.missingTenant) {
      const message = `namespace ${metadata.namespace} has no ConfigMap agentic-tenant with the tenant's settings`;
      return wait(draft, since, "TenantNotFound", message);
    }
    return draft.refuse("Failed", "InvalidParameters", merged.errors.join("; ")).done();
  }

  noteTightTime(draft);

  if (!answers.start) {
    const input = {
      workload: {
        name: metadata.name,
        namespace: metadata.namespace,
        jobId: jobIdOf(workload),
        labels: metadata.labels ?? {},
        submittedBy: metadata.annotations?.[ANNOTATIONS.submittedBy] ?? null,
      },
      spec,
      hosts: spec.targetUrls.map(hostOf),
      template: { name: ref.name, clusterScope: ref.clusterScope },
      parameters: Object.fromEntries(
        merged.parameters.flatMap(({ name, value }) =>
          name === OPTIONAL_PARAMETERS.budgetClaim ? [] : [[name, value]],
        ),
      ),
      tenant: tenant ?? null,
      attempt,
    };
    return draft.done({ ask: { rule: "start", input } });
  }
  if (!answers.start.ok) {
    policyDown(draft, answers.start.error);
    return wait(draft, since, "PolicyUnavailable", `the policy engine doesn't answer (${answers.start.error})`, true);
  }
  if (!answers.start.allow) {
    const reasons = answers.start.reasons.join("; ") || "no reason given";
    return draft.refuse("Denied", "StartDenied", `policy doesn't allow the start: ${reasons}`).done();
  }
  if (draft.observed.holder !== undefined) {
    return draft.waitPending("ArtifactsInUse", inUse(draft.observed.holder, metadata.namespace)).done();
  }
  if (draft.observed.refusal) {
    return wait(draft, since, "WorkflowRefused", `the Workflow can't be created: ${draft.observed.refusal}`, true);
  }
  const workflow = buildWorkflow(workload, { attempt, parameters: merged.parameters, tenant });
  return draft.act({ kind: "create", workflow }).done();
}

/** The host of a URL as the agents' parser reads it: of an address in another form (`0xa9fea9fe`, other scripts' digits) the usual one. */
const hostOf = (url: string): string => (URL.parse(url)?.hostname ?? "").replace(/\.$/, "");

/** Why the run waits for another workload, whose name is nobody's business in another tenant. */
function inUse(holder: string, namespace: string | undefined): string {
  const [of, name] = holder.split("/");
  const who = of === namespace ? `AgentWorkload ${name}` : "a workload of another tenant";
  return `${who} has the same job id or writes its artifacts to the same place, and has not ended; this workload starts after it and replaces its artifacts. To keep both, give one of them another spec.jobId and spec.artifacts.prefix`;
}

/** Records in the status that the policy engine gave no answer. */
export function policyDown(draft: Draft, error: string): void {
  const message = `no answer from the policy engine: ${error}; nothing is allowed meanwhile`;
  if (draft.setCondition(CONDITIONS.policyAvailable, "False", "Unreachable", message)) {
    draft.event("Warning", "PolicyUnavailable", message);
  }
}

/** Waits for what is missing, until `timeouts.pending` is over. */
function wait(draft: Draft, since: number, reason: string, message: string, backoff = false): Decision {
  const limit = draft.observed.workload.spec.timeouts?.pending ?? DEFAULTS.pending;
  const deadline = waitStart(draft.status, since) + durationMs(limit);
  if (draft.observed.now >= deadline) {
    draft.setCondition(CONDITIONS.accepted, "False", reason, message);
    return draft
      .finish("Failed", "PendingTimeout", `not started within ${limit} (timeouts.pending): ${message}`)
      .done();
  }
  return draft.waitPending(reason, message).wakeAt(deadline).done({ backoff });
}

/** When the wait for the first start began (milliseconds): with the workload, or with the end of its suspension. */
export function pendingSince(draft: Draft): number {
  const accepted = draft.condition(CONDITIONS.accepted);
  if (accepted?.status === "Unknown") return draft.observed.now;
  const since = accepted?.status === "False" ? accepted.lastTransitionTime : undefined;
  return parseTime(since ?? draft.observed.workload.metadata.creationTimestamp) ?? draft.observed.now;
}
