// The contract between the console's server, its pages and the command line: paths, and what is sent each way.
//
// Times are RFC 3339; amounts of money are decimals as strings. Who asks is known by the session's cookie, or by a Kubernetes token in
// `Authorization: Bearer`. A refusal is an `ErrorBody` with the HTTP status of its cause: 401 sign in again, 403 no right, 404, 409 changed
// meanwhile, 413 too large, 422 a field is wrong, 429 too many requests (`retry-after`), 503 the API server is away.

import { CODES_PATH, SIGN_IN_PAGE } from "@agentic/api/console.ts";
import { CONSOLE_PAGES } from "@agentic/api/console-pages.ts";

export type * from "./messages/rows.ts";
export { waitsFor } from "./messages/rows.ts";
export type * from "./messages/session.ts";
export type * from "./messages/views.ts";

/** Every request but GET that comes with the cookie has this header, which no other site can send. */
export const CSRF_HEADER = "x-agentic-console";

/** Of an answer with a log: a `LogSource`. */
export const LOG_SOURCE_HEADER = "x-log-source";

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
  codes: CODES_PATH,
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
   * GET: the log as text, a line of JSON each; query `node` is the id or displayName of a node or of a {@link KeptLog}, `follow=true`
   * goes on while the pod runs.
   * The header {@link LOG_SOURCE_HEADER} says where it is from.
   */
  logs: (namespace: string, name: string): string => `${workload(namespace, name)}/logs`,
  /** GET: {@link KeptLog}[], in the order of their ends. */
  keptLogs: (namespace: string, name: string): string => `${workload(namespace, name)}/kept-logs`,
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
  /** POST {@link ReplyRequest}: {@link GateView} as it is then. */
  reply: (namespace: string, name: string): string => `${workload(namespace, name)}/gate/reply`,
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
  ...CONSOLE_PAGES,
  start: "/start",
  tenants: "/tenants",
  tenant: (namespace: string): string => `/tenants/${encodeURIComponent(namespace)}`,
  platform: "/platform",
  signIn: SIGN_IN_PAGE,
} as const;
