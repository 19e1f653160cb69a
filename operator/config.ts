// All settings of the operator; environment variables only.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { COST_REPORT } from "@agentic/api/cost-report.ts";
import { type Digests, parseDigests } from "@agentic/api/digest.ts";
import { EnvironmentReader } from "@agentic/api/environment.ts";
import { type MonthBudgets, parseMonthBudgets } from "@agentic/api/month-budget.ts";
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { costOf, type Prices } from "@agentic/api/prices.ts";
import type { BudgetRules } from "./decide/types.ts";
import type { LedgerAccess } from "./ledger/ledger.ts";

export interface Config {
  /** `OPA_URL`: where the policy engine answers; default `http://127.0.0.1:8181`, the sidecar. */
  opaUrl: string;
  /** `OPA_TIMEOUT_MS`: how long the policy engine may take for one answer; default 2000. */
  opaTimeoutMs: number;
  /** `PORT`: port of `/healthz`, `/readyz` and `/metrics`; default 8080. */
  port: number;
  /** `TLS_DIR`: folder with `tls.crt` and `tls.key`, to serve that port by https; default none, which means http. */
  tlsDir: string | undefined;
  /** `WORKERS`: how many workloads are reconciled at once; default 8. */
  workers: number;
  /** `LEADER_ELECTION`: `false` where only one replica can run; default true. */
  leaderElection: boolean;
  /** `LEASE_SECONDS`: how long a silent leader keeps the lease; default 15. */
  leaseSeconds: number;
  /** `POD_NAMESPACE`: namespace of the lease; default `agentic-system`. */
  namespace: string;
  /** `POD_NAME`: this replica's name in the lease and in events; default the host's name with `-agentic-operator`. */
  identity: string;
  /** `LOG_LEVEL`: trace, debug, info, warn, error or silent; default info. */
  logLevel: string;
  /**
   * `NOTIFY_ALLOWED_HOSTS`: comma-separated `host[:port]` that webhooks may reach although they are not https or resolve to
   * private addresses; default none.
   */
  notifyAllowedHosts: string[];
  /** `NOTIFY_NAMESPACES`: comma-separated namespaces whose webhooks may be outside of the cluster; default none. */
  notifyNamespaces: string[];
  /** `CONSOLE_URL`: where the console answers that notifications link to; default none, and they have no links. */
  consoleUrl: string | undefined;
  /** `DIGESTS`: JSON of the tenants' digests by namespace (`Digests` of api/digest.ts); default none. */
  digests: Digests;
  /** `ALARM_URL`: where it posts what becomes of access requests; default nowhere. */
  alarmUrl: string | undefined;
  /** `ALARM_KEY_FILE`: file with the key that signs those; default `/etc/secrets/alarm/key`. */
  alarmKeyFile: string;
  /** `OTLP_URL`: base URL of the collector that takes spans by OTLP over HTTP; default none, which sends no spans. */
  otlpUrl: string | undefined;
  /** `OTLP_CA_FILE`: PEM of the authority that its certificate is of; default the public ones. */
  otlpCaFile: string | undefined;
  /** `TIMER_IMAGE`: what the Jobs that end access name as their image, and never run; default `agentic-operator`. */
  timerImage: string;
  /** `PRICES`: JSON of what it reckons the costs of workloads with (`Prices` of api/prices.ts); default none, and costs aren't reckoned. */
  prices: Prices | undefined;
  /**
   * `CLAIM_KEY_FILE`: file with the key that the model gateway knows claims by; default none, and workloads can't have budgets.
   * `WHEN_BUDGET_USED`: `ask` a person or `refuse`; default ask.
   */
  budgets: BudgetRules | undefined;
  /** `MONTH_BUDGETS`: JSON of the tenants' budgets of the month by namespace (`MonthBudgets` of api/month-budget.ts), whose use it tells where costs are recorded; default none. */
  monthBudgets: MonthBudgets;
  /**
   * `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGSSLMODE`, `PGSSLROOTCERT` as libpq has them, and `LEDGER_PASSWORD_FILE`: the
   * database that costs are recorded in; default none, and no cost outlives its workload.
   */
  ledger: LedgerAccess | undefined;
  /** `COST_REPORT_PORT`: port of the pod's loopback that answers the month's report, where costs are recorded; default 8081. */
  costReportPort: number;
  /** `SERVICE_ACCOUNT_DIR`: where the pod's token and CA are mounted; default where Kubernetes mounts them. */
  serviceAccountDir: string | undefined;
}

/** The names in a comma-separated list, in lower case. */
function listOf(text = ""): string[] {
  return text
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
}

/** The prices, which must be usable: a fault must not come up with the first workload. */
function pricesOf(text: string | undefined, errors: string[]): Prices | undefined {
  if (!text) return undefined;
  try {
    const prices = JSON.parse(text) as Prices;
    const tokens = Object.fromEntries(Object.keys(prices.models).map((name) => [name, { input: 1n, output: 1n }]));
    costOf({ milliCpuMs: 1n, byteMs: 1n, browserMs: 1n, storedBytes: 1n, tokens }, prices);
    return prices;
  } catch (error) {
    errors.push(`PRICES can't be used: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** What a variable with JSON says by namespace; nothing where it isn't set. */
function byNamespace<T extends object>(
  env: NodeJS.ProcessEnv,
  { name, parse, errors }: { name: string; parse: (json: string) => T; errors: string[] },
): T | Record<string, never> {
  const json = env[name];
  if (!json) return {};
  try {
    return parse(json);
  } catch (error) {
    errors.push(`${name} can't be used: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

function budgetsOf(env: NodeJS.ProcessEnv, errors: string[]): BudgetRules | undefined {
  const whenUsed = env.WHEN_BUDGET_USED || "ask";
  if (whenUsed !== "ask" && whenUsed !== "refuse")
    errors.push(`WHEN_BUDGET_USED must be ask or refuse, got "${whenUsed}"`);
  const file = env.CLAIM_KEY_FILE;
  if (!file) return undefined;
  try {
    return { claimKey: readFileSync(file, "utf8").trim(), whenUsed: whenUsed === "refuse" ? "refuse" : "ask" };
  } catch (error) {
    errors.push(`CLAIM_KEY_FILE can't be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function ledgerOf(env: NodeJS.ProcessEnv, errors: string[]): LedgerAccess | undefined {
  const { PGHOST: host, PGUSER: user = "", PGDATABASE: database = user, PGSSLMODE: mode = "disable" } = env;
  if (!host) return undefined;
  const { PGSSLROOTCERT: caFile, LEDGER_PASSWORD_FILE: passwordFile } = env;
  if (!passwordFile) errors.push("LEDGER_PASSWORD_FILE is missing: PGHOST names a database, which asks for a password");
  if (!["disable", "verify-ca", "verify-full"].includes(mode))
    errors.push(`PGSSLMODE must be disable, verify-ca or verify-full, got "${mode}"`);
  else if (mode !== "disable" && !caFile) errors.push(`PGSSLROOTCERT is missing: PGSSLMODE is ${mode}`);
  const tls = mode !== "disable" && caFile ? { caFile, verifiesName: mode === "verify-full" } : undefined;
  return { host, port: Number(env.PGPORT || 5432), user, database, passwordFile: passwordFile ?? "", tls };
}

/** The settings in the environment; throws one error that names every wrong one. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const reader = new EnvironmentReader(env);
  const { errors } = reader;
  const opaUrl = env.OPA_URL || "http://127.0.0.1:8181";
  if (!URL.canParse(opaUrl) || !/^https?:$/.test(new URL(opaUrl).protocol)) {
    errors.push(`OPA_URL must be an http(s) URL, got "${opaUrl}"`);
  }
  const alarmUrl = env.ALARM_URL || undefined;
  if (alarmUrl && !/^https?:$/.test(URL.parse(alarmUrl)?.protocol ?? ""))
    errors.push(`ALARM_URL must be an http(s) URL, got "${alarmUrl}"`);
  const consoleUrl = env.CONSOLE_URL || undefined;
  if (consoleUrl && !/^https?:$/.test(URL.parse(consoleUrl)?.protocol ?? ""))
    errors.push(`CONSOLE_URL must be an http(s) URL, got "${consoleUrl}"`);
  const otlpUrl = env.OTLP_URL || undefined;
  if (otlpUrl && !/^https?:$/.test(URL.parse(otlpUrl)?.protocol ?? ""))
    errors.push(`OTLP_URL must be an http(s) URL, got "${otlpUrl}"`);
  const leaderElection = env.LEADER_ELECTION || "true";
  if (!["true", "false"].includes(leaderElection)) {
    errors.push(`LEADER_ELECTION must be true or false, got "${leaderElection}"`);
  }
  const config: Config = {
    opaUrl: opaUrl.replace(/\/+$/, ""),
    opaTimeoutMs: reader.integer("OPA_TIMEOUT_MS", 2_000, 10, 60_000),
    port: reader.integer("PORT", 8080, 0, 65_535),
    tlsDir: env.TLS_DIR || undefined,
    workers: reader.integer("WORKERS", 8, 1, 256),
    leaderElection: leaderElection === "true",
    leaseSeconds: reader.integer("LEASE_SECONDS", 15, 3, 300),
    namespace: env.POD_NAMESPACE || NAMESPACES.system,
    identity: env.POD_NAME || `${hostname()}-${OPERATOR_NAME}`,
    logLevel: reader.logLevel(),
    notifyAllowedHosts: listOf(env.NOTIFY_ALLOWED_HOSTS),
    notifyNamespaces: listOf(env.NOTIFY_NAMESPACES),
    consoleUrl,
    digests: byNamespace(env, { name: "DIGESTS", parse: parseDigests, errors }),
    alarmUrl,
    alarmKeyFile: env.ALARM_KEY_FILE || "/etc/secrets/alarm/key",
    otlpUrl,
    otlpCaFile: env.OTLP_CA_FILE || undefined,
    timerImage: env.TIMER_IMAGE || OPERATOR_NAME,
    prices: pricesOf(env.PRICES, errors),
    budgets: budgetsOf(env, errors),
    monthBudgets: byNamespace(env, { name: "MONTH_BUDGETS", parse: parseMonthBudgets, errors }),
    ledger: ledgerOf(env, errors),
    costReportPort: reader.integer("COST_REPORT_PORT", COST_REPORT.port, 0, 65_535),
    serviceAccountDir: env.SERVICE_ACCOUNT_DIR || undefined,
  };
  if (errors.length > 0) throw new Error(`The operator's settings are wrong:\n  ${errors.join("\n  ")}`);
  return config;
}
