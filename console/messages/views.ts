// One workload, its gate, its artifacts and what is done with it; templates, tenants, the platform.
import type { AgentWorkload, WorkloadCondition } from "@agentic/api/agentworkload.ts";
import type { TextBox } from "@agentic/api/artifacts.ts";
import type { CatalogueTemplate } from "@agentic/api/catalogue.ts";
import type { ApprovedChanges, Changeable, Changes } from "@agentic/api/changes.ts";
import type { MonthBudget } from "@agentic/api/month-budget.ts";
import type { WorkloadPhase } from "@agentic/api/phases.ts";
import type { MemberRole } from "@agentic/api/roles.ts";
import type { Evidence, Severity } from "@agentic/api/template.ts";
import type { ListEvents, WorkloadRow } from "./rows.ts";
import type { ErrorBody, TenantRights } from "./session.ts";

/** As {@link ListEvents}, about one workload; every change sends the whole view. */
export interface WorkloadEvents {
  view: WorkloadView;
  deleted: { uid: string };
  unavailable: ListEvents["unavailable"];
  available: ListEvents["available"];
  ended: ListEvents["ended"];
}

/** A node of the run, as Argo has them; `children` are ids. */
export interface RunNode {
  id: string;
  name: string;
  displayName: string;
  type: string;
  phase: string;
  message?: string;
  templateName?: string;
  startedAt?: string;
  finishedAt?: string;
  children: string[];
  /** Absent where no container runs. */
  pod?: string;
  exitCode?: string;
  /** The step's own result, as it reported it. */
  result?: unknown;
}

export interface StoryEvent {
  at: string;
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  /** What it is about, such as `AgentWorkload/prices`. */
  about: string;
  count: number;
}

export interface WorkloadView {
  row: WorkloadRow;
  workload: AgentWorkload;
  /** Nodes of the present run; empty before its start and once it is gone. */
  nodes: RunNode[];
  /** Of the workload, its run and its pods, oldest first. In a stream's view, as they were when it was opened or a phase changed. */
  events: StoryEvent[];
  conditions: WorkloadCondition[];
  rights: TenantRights;
}

/** Values of {@link LOG_SOURCE_HEADER}. */
export type LogSource = "pod" | "archive";

/** A log that a step has kept in the object store, where it is read after its run and its pod are gone. */
export interface KeptLog {
  id: string;
  /** The step's, with the number of the try, as its node had it. */
  displayName: string;
  pod: string;
  /** Name of the Workflow: a workload that was retried has had several. */
  run: string;
  bytes: number;
  /** When its last lines were written. */
  at: string;
}

export interface Artifact {
  step: string;
  name: string;
  uri: string;
  /** As it is served: images, JSON, and everything else as text or as bytes. */
  contentType: string;
  /** Absent where the run's manifest can't be read. */
  bytes?: number;
  /** `sha256:` and hex, as the step itself has reported it. */
  digest?: string;
  /** Address of its content. */
  href: string;
}

/** A finding of the analysis, beside the picture of the page that it is about. */
export interface GateFinding {
  severity: Severity;
  url: string;
  text: string;
  /** Its page's number in `targetUrls`, where it names one. */
  page?: number;
  /** Words of the page that it names, the surest first; empty where none are known. */
  places: FindingPlace[];
}

/** Words of a page, in the sentence around them. */
export interface FindingPlace {
  before: string;
  match: string;
  after: string;
  /** Where they are on the page's screenshot, in its pixels; absent where that is unknown. */
  box?: TextBox;
}

export interface GatePage {
  url: string;
  screenshot?: Artifact;
  /** Why the screenshot is missing or flawed. */
  problem?: string;
}

export interface GateAnswer {
  decision: "approve" | "deny";
  by: string;
  at: string;
  reason: string;
  evidence?: Evidence;
}

export interface GateQuestion {
  question: string;
  by: string;
  at: string;
  /** Absent while nobody has replied. */
  reply?: string;
  repliedBy?: string;
  repliedAt?: string;
}

export interface GateView {
  namespace: string;
  name: string;
  uid: string;
  phase: WorkloadPhase;
  /** Whether an answer is waited for. */
  open: boolean;
  mode: "auto" | "manual";
  objective: string;
  submittedBy?: string;
  confidence?: number;
  /** The analysis's own reasons for its confidence. */
  reasons: string[];
  findings: GateFinding[];
  pages: GatePage[];
  /** What is shown here, by its digests: they go back with the decision. */
  evidence: Evidence;
  /** Artifacts that the evidence names. */
  artifacts: Artifact[];
  /** What the policy would decide where a person does, once it has been asked. */
  policy?: { allow: boolean; reasons: string[] };
  /** The gate's state in words, as the operator says it; in mode auto, the policy's own. */
  says: string;
  /** The decision, once there is one. */
  decided?: { decision: "approve" | "deny"; by: string; reason: string; at?: string };
  answers: GateAnswer[];
  required: number;
  since?: string;
  expiresAt?: string;
  /** What was asked back, the oldest first, with the replies. */
  questions: GateQuestion[];
  cost?: WorkloadRow["cost"];
  /** What an approver may change, as JSON Schema by name; empty where the template declares nothing. */
  changeable: Changeable;
  /** What was changed with the approvals until now, by name, and with whose. */
  changes: Readonly<Record<string, { value: string; by: string[] }>>;
  /** What those who have approved already have changed, which a further approval has too. */
  approvedWith?: ApprovedChanges;
  /** Whether the API server would take this visitor's answer, tried by a dry run; `why` has its words where it wouldn't. */
  you: {
    approve: { may: boolean; why?: string };
    deny: { may: boolean; why?: string };
    ask: { may: boolean; why?: string };
    /** May while a question is open. */
    reply: { may: boolean; why?: string };
  };
}

export interface DecisionRequest {
  decision: "approve" | "deny" | "ask";
  /** Required to deny and to ask. */
  reason: string;
  uid: string;
  /** As the {@link GateView} had it: 409 `evidence-changed` where it is another now. */
  evidence: Evidence;
  /** What is changed with an approval, of the {@link GateView}'s `changeable`. Default: nothing. */
  changes?: Changes;
}

/** A reply to every open question. */
export interface ReplyRequest {
  reply: string;
  uid: string;
}

export interface CreateRequest {
  /** The namespace of a workload that names none. */
  namespace: string;
  /** YAML or JSON of one AgentWorkload. */
  yaml: string;
}
export type DryRunRequest = CreateRequest;

/** A refusal of the dry run is a result, not an error. */
export type DryRunResult = { ok: true; yaml: string; workload: AgentWorkload } | { ok: false; error: ErrorBody };

export interface ResubmitRequest {
  /** Default: the old name and five characters. */
  name?: string;
  /** `resubmit`: a job of its own; `retry`: the same job, going on from the artifacts that are there where the template can. */
  as: "resubmit" | "retry";
  /** Fields of the spec that are other than before. */
  changes?: Partial<AgentWorkload["spec"]>;
}

export interface Created {
  namespace: string;
  name: string;
  uid: string;
}

export interface TemplateView extends CatalogueTemplate {
  channel?: string;
  costEstimate?: string;
}

/** What a visitor may not read is `null`. */
export interface TenantView {
  namespace: string;
  rights: TenantRights;
  quota: { resource: string; used: string; hard: string }[] | null;
  members: { role: MemberRole; kind: "User" | "Group" | "ServiceAccount"; name: string }[] | null;
  /** Settings of the tenant in words, such as `four eyes`. */
  rules: string[] | null;
  counts: Record<WorkloadPhase, number>;
  /** Workloads that haven't ended, oldest first. */
  queue: WorkloadRow[];
  /** What its workloads that are still there have cost, by currency. */
  cost: { currency: string; total: string }[];
  /** Of the month; null also where the tenant has none. */
  budget: MonthBudget | null;
}

export interface PlatformView {
  version: string;
  /** null: the visitor may not read them. */
  components:
    | {
        namespace: string;
        kind: string;
        name: string;
        image: string;
        ready: number;
        wanted: number;
        message?: string;
      }[]
    | null;
  certificates: { namespace: string; name: string; expiresAt: string; daysLeft: number; ready: boolean }[] | null;
  /** Of the tenants that the visitor may see, the longest first. */
  waiting: WorkloadRow[];
}
