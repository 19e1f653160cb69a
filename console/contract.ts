// The contract between the console's server, its pages and the command line: paths, and what is sent each way.
//
// Times are RFC 3339; amounts of money are decimals as strings. Who asks is known by the session's cookie, or by a Kubernetes token in
// `Authorization: Bearer`. A refusal is an `ErrorBody` with the HTTP status of its cause: 401 sign in again, 403 no right, 404, 409 changed
// meanwhile, 413 too large, 422 a field is wrong, 429 too many requests (`retry-after`), 503 the API server is away.
import type { AgentWorkload, WorkloadCondition } from "@agentic/api/agentworkload.ts";
import type { CatalogueTemplate } from "@agentic/api/catalogue.ts";
import type { WorkloadPhase } from "@agentic/api/phases.ts";
import type { MemberRole } from "@agentic/api/roles.ts";
import type { Evidence, Severity } from "@agentic/api/template.ts";

/** Every request but GET that comes with the cookie has this header, which no other site can send. */
export const CSRF_HEADER = "x-agentic-console";

const workload = (namespace: string, name: string): string =>
  `/api/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

/** Paths of the API; what each takes and gives is in its comment. */
export const PATHS = {
  /** GET: {@link Session}. DELETE: signs out, 204. */
  session: "/api/session",
  /** POST {@link TokenSignIn}: {@link Session} and the cookie. */
  tokenSignIn: "/api/session/token",
  /** GET, by the browser itself: leads to the issuer and back to the query's `return`, a path of the console. */
  oidcSignIn: "/api/session/oidc",
  /** The issuer leads back here. */
  oidcCallback: "/api/session/oidc/callback",
  /** POST with a bearer token: {@link SignInCode}, for the address `/sign-in#code=<code>`. */
  codes: "/api/session/codes",
  /** POST {@link CodeSignIn}: {@link Session} and the cookie. A code works once. */
  codeSignIn: "/api/session/code",
  /** GET: {@link WorkloadRow}[] of all tenants that the visitor may see; query `tenant` is a namespace. POST {@link CreateRequest}: {@link Created}. */
  workloads: "/api/workloads",
  /** GET: server-sent events, {@link ListEvents}; query `tenant`. */
  workloadsStream: "/api/workloads-stream",
  /** GET: {@link WorkloadView}. DELETE: deletes it with its run, 204; its artifacts stay. */
  workload,
  /** GET: server-sent events, {@link WorkloadEvents}. */
  workloadStream: (namespace: string, name: string): string => `${workload(namespace, name)}/stream`,
  /**
   * GET: the log as text, a line of JSON each; query `node` is a node's id or displayName, `follow=true` goes on while the pod runs.
   * The header {@link LOG_SOURCE_HEADER} says where it is from.
   */
  logs: (namespace: string, name: string): string => `${workload(namespace, name)}/logs`,
  /** GET: {@link Artifact}[]. */
  artifacts: (namespace: string, name: string): string => `${workload(namespace, name)}/artifacts`,
  /**
   * GET: the bytes, with a type that no browser runs; `?download=true` to save it. What isn't what the run's manifest says is refused with
   * 409 `changed`.
   */
  artifact: (namespace: string, name: string, step: string, artifact: string): string =>
    `${workload(namespace, name)}/artifacts/${encodeURIComponent(step)}/${encodeURIComponent(artifact)}`,
  /** GET: {@link GateView}. POST {@link DecisionRequest}: {@link GateView} as it is then. */
  gate: (namespace: string, name: string): string => `${workload(namespace, name)}/gate`,
  /** POST, no body: {@link WorkloadRow}. */
  suspend: (namespace: string, name: string): string => `${workload(namespace, name)}/suspend`,
  /** POST, no body: {@link WorkloadRow}. */
  resume: (namespace: string, name: string): string => `${workload(namespace, name)}/resume`,
  /** POST {@link ResubmitRequest}: {@link Created}. */
  resubmit: (namespace: string, name: string): string => `${workload(namespace, name)}/resubmit`,
  /** POST {@link DryRunRequest}: {@link DryRunResult}, also for what would be refused. */
  dryRun: "/api/dry-run",
  /** GET: {@link TemplateView}[] of the namespace in the query's `tenant`. */
  templates: "/api/templates",
  /** GET: {@link TenantView}. */
  tenant: (namespace: string): string => `/api/tenants/${encodeURIComponent(namespace)}`,
  /** GET: {@link PlatformView}. */
  platform: "/api/platform",
} as const;

/** Pages that others link to, of the console's own address. */
export const PAGES = {
  workload: (namespace: string, name: string): string =>
    `/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`,
  gate: (namespace: string, name: string): string =>
    `/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/gate`,
  signIn: "/sign-in",
} as const;

export interface ErrorBody {
  /** For programs: `unauthenticated`, `forbidden`, `csrf`, `not-found`, `changed`, `evidence-changed`, `invalid`, `too-large`, `busy`, `unavailable`, `refused`. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** What to do about it, for people. */
  advice?: string;
  /** Fields that are wrong, by path such as `spec.targetUrls[0]`. */
  causes?: { field: string; message: string }[];
}

/** Ways to sign in that this console has. `code` is what `make console` opens. */
export interface SignInWays {
  oidc?: { issuer: string; name: string };
  token: true;
  /** Whether this is a local platform, where `make console` signs in a demo user. */
  demo: boolean;
}

export interface TokenSignIn {
  /** A Kubernetes token; it is kept in a sealed cookie and nowhere else. */
  token: string;
}
export interface CodeSignIn {
  code: string;
}
export interface SignInCode {
  code: string;
  expiresAt: string;
}

/** What the visitor may do in one tenant's namespace. */
export interface TenantRights {
  namespace: string;
  /** Get and list workloads. */
  see: boolean;
  /** Create workloads. */
  submit: boolean;
  /** Change and delete workloads. */
  change: boolean;
  /** Answer at gates. */
  approve: boolean;
}

export type Session =
  | { signedIn: false; ways: SignInWays /** Why the last session ended. */; ended?: "expired" | "refused" }
  | {
      signedIn: true;
      ways: SignInWays;
      /** As the API server knows the visitor. */
      user: string;
      groups: string[];
      /** Tenants in which the visitor may do anything, by name. */
      tenants: TenantRights[];
      /** When the session ends, unless it is used: each request in its second half makes it longer, up to the token's own end. */
      expiresAt: string;
      /** Of the platform. */
      version: string;
    };

/** A gate that waits for people. */
export interface RowGate {
  since: string;
  /** When unanswered means denied; absent while suspended. */
  expiresAt?: string;
  /** Who has approved already. */
  approvedBy: string[];
  /** How many different people must. */
  required: number;
  /** Whether it is the question of a used-up budget. */
  budget: boolean;
  /** An open question to the submitter. */
  question?: { by: string; text: string; at: string };
}

/** One workload in a list. The same for every visitor. */
export interface WorkloadRow {
  uid: string;
  namespace: string;
  name: string;
  template: string;
  objective: string;
  pages: number;
  phase: WorkloadPhase;
  suspended: boolean;
  /** Being deleted. */
  ending: boolean;
  /** Names of the steps that run or wait. */
  steps: string[];
  progress?: { total: number; succeeded: number; failed: number };
  /** What it waits for or what became of it, in words. */
  says: string;
  createdAt: string;
  startedAt?: string;
  completedAt?: string;
  submittedBy?: string;
  model?: string;
  cost?: { total: string; currency: string; tokens: number };
  confidence?: number;
  /** Runs before this one. */
  attempt: number;
  /** Only while phase is AwaitingApproval and a person is asked. */
  gate?: RowGate;
  failure?: { kind: string; step?: string };
}

/** Whether a row's gate waits for an answer that the visitor may give; the gate itself says it exactly, by four eyes and groups too. */
export function waitsFor(session: Session, row: WorkloadRow): boolean {
  if (!row.gate || !session.signedIn || row.gate.approvedBy.includes(session.user)) return false;
  return session.tenants.some(({ namespace, approve }) => approve && namespace === row.namespace);
}

/**
 * Events of the list's stream by name; each has JSON as its data. A connection begins with snapshots, of which the last has
 * `last: true`; what it doesn't name isn't there. After `unavailable` what is shown may be old, until `available`, after which new
 * snapshots follow only if something was missed. `ended`: the session is over, and nothing more comes; sign in again.
 */
export interface ListEvents {
  snapshot: { rows: WorkloadRow[]; last: boolean };
  changed: WorkloadRow[];
  deleted: { uid: string }[];
  unavailable: { since: string; message: string };
  available: Record<string, never>;
  ended: { reason: "expired" | "refused" };
}

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
export const LOG_SOURCE_HEADER = "x-log-source";

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
  /** The gate's state in words, as the operator says it; in mode auto, the policy's own. */
  says: string;
  /** The decision, once there is one. */
  decided?: { decision: "approve" | "deny"; by: string; reason: string; at?: string };
  answers: GateAnswer[];
  required: number;
  since?: string;
  expiresAt?: string;
  question?: RowGate["question"];
  cost?: WorkloadRow["cost"];
  /** Parameters that an approver may change; empty where the template declares none. */
  changeable: { name: string; value: string; description?: string }[];
  /** Whether the API server would take this visitor's answer, tried by a dry run; `why` has its words where it wouldn't. */
  you: {
    approve: { may: boolean; why?: string };
    deny: { may: boolean; why?: string };
    ask: { may: boolean; why?: string };
  };
}

export interface DecisionRequest {
  decision: "approve" | "deny" | "ask";
  /** Required to deny and to ask. */
  reason: string;
  uid: string;
  /** As the {@link GateView} had it: 409 `evidence-changed` where it is another now. */
  evidence: Evidence;
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
  /** What its workloads that are still there have cost, by currency, and the budget of the month where it has one. */
  cost: { currency: string; total: string }[];
  budget: { amount: string; currency: string } | null;
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
