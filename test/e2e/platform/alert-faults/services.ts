// Faults of services: kept out, without memory, without a receiver, full, used up, or gone.
import { request } from "node:https";
import { NAMESPACES } from "@agentic/api/names.ts";
import { expect } from "vitest";
import { apply, forward, get, type KubeObject, kubectl } from "../../../../embedded/cli/cluster.ts";
import { onePage, platform, start, namespace as tenant, workload } from "../platform.ts";
import { scraped, space as telemetry, value } from "../prometheus.ts";
import { again, type Fault, gone, kube, misconfigured, patch, restart } from "./fault.ts";
import { ended, paid } from "./workloads.ts";

const { sharedServices } = NAMESPACES;
const scrapePolicy = "scrape-browserless";
/** Role of a tenant that the other faults don't use. */
const crowd = "tenant-acme";

const access = (person: string, ...args: string[]) => kube("--as", person, "--as-group", "system:masters", ...args);
const patched = (spec: object) => [
  "patch",
  "accessrequest",
  "alerts",
  "--type=merge",
  `--patch=${JSON.stringify({ spec })}`,
];

/** A NetworkPolicy that is taken away. */
function keptOut(): Fault {
  let policy: KubeObject | undefined;
  return {
    alerts: ["scrape-down"],
    begin: async () => {
      policy = await get<KubeObject>(platform, "networkpolicy", scrapePolicy, sharedServices);
      await kube("delete", "networkpolicy", scrapePolicy, "-n", sharedServices);
    },
    end: async () => {
      if (!policy) return;
      const { apiVersion, kind, metadata: { labels } = { name: "" }, spec } = policy;
      await apply(platform, [
        { apiVersion, kind, metadata: { name: scrapePolicy, namespace: sharedServices, labels }, spec },
      ]);
    },
  };
}

const letIn: Fault = {
  alerts: ["break-glass"],
  begin: async () => {
    const spec = { namespace: tenant, reason: "a test of alerts", minutes: 30, requestedBy: "asking" };
    const accessRequest = {
      apiVersion: "agentic.io/v1alpha1",
      kind: "AccessRequest",
      metadata: { name: "alerts" },
      spec,
    };
    await kubectl(
      platform,
      ["--as=asking", "--as-group=system:masters", "create", "-f", "-"],
      JSON.stringify(accessRequest),
    );
    await access("approving", ...patched({ approvedBy: "approving" }));
  },
  end: async () => {
    await access("asking", ...patched({ endedBy: "asking" }));
    await kube("delete", "accessrequest", "alerts");
  },
};

/** A quota of as many Secrets as there are. */
function full(): Fault {
  const counted = "count/secrets";
  let most: string | undefined;
  const quota = async (field: "hard" | "used") =>
    (
      await get<{ status: Record<string, Record<string, string>> } & KubeObject>(
        platform,
        "resourcequota",
        "quota",
        tenant,
      )
    )?.status[field]?.[counted];
  const allow = (count: string) => patch(tenant, "resourcequota/quota", { spec: { hard: { [counted]: count } } });
  return {
    alerts: ["quota-full"],
    begin: async () => {
      most = await quota("hard");
      await allow((await quota("used")) ?? "1");
    },
    end: async () => {
      if (most !== undefined) await allow(most);
    },
  };
}

/** As many sessions of a tenant's as it may have; they end by themselves after five minutes. */
const crowded: Fault = {
  alerts: ["postgres-connections"],
  begin: async () => {
    const secret = await get<KubeObject>(platform, "secret", "postgres-tenants", sharedServices);
    const logins = Buffer.from(secret?.data?.tenants ?? "", "base64").toString();
    const password = new RegExp(`^${crowd} (\\S+)`, "m").exec(logins)?.[1] ?? "";
    const script = `read -r PGPASSWORD && export PGPASSWORD
      most=$(psql -U postgres -tAc "SELECT rolconnlimit FROM pg_roles WHERE rolname = '${crowd}'")
      for i in $(seq "$most"); do
        psql -h 127.0.0.1 -U ${crowd} -d ${crowd} -c 'SELECT pg_sleep(300)' </dev/null >/dev/null 2>&1 &
      done`;
    const exec = ["exec", "-i", "-n", sharedServices, "postgres-0", "-c", "postgres", "--", "sh", "-euc", script];
    await kubectl(platform, exec, `${password}\n`);
  },
  end: () =>
    kube(
      ...["exec", "-n", sharedServices, "postgres-0", "-c", "postgres", "--", "psql", "-U", "postgres", "-c"],
      `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '${crowd}'`,
    ),
};

/** A tenant that may have a model called once this month, and has. */
function usedUp(): Fault {
  const { begin, end } = misconfigured<{ name: string; budget?: object }[]>(
    ["budget-nearly-used"],
    { space: sharedServices, kind: "secret", name: "litellm-keys", file: "keys.json" },
    {
      change: (keys) => {
        for (const key of keys) if (`tenant-${key.name}` === tenant) key.budget = { calls: 1 };
      },
      start: () => restart(sharedServices, "litellm"),
    },
  );
  return {
    alerts: ["budget-nearly-used"],
    begin: async () => {
      await start(workload(paid, onePage));
      await ended(paid);
      await begin();
    },
    end: async () => {
      await end();
      await kube("delete", "agentworkload", "-n", tenant, "--ignore-not-found", paid);
    },
  };
}

/** Alertmanager's receiver refuses whatever it is told: it is Alertmanager's own port, which speaks TLS alone. */
const refusing = misconfigured<{ receivers: { name: string; webhook_configs?: object[] }[] }>(
  ["alerts-undelivered", "dead-mans-switch", "crash-loop"],
  { space: telemetry, kind: "secret", name: "alertmanager-config", file: "alertmanager.yml" },
  {
    change: ({ receivers }) => {
      for (const receiver of receivers)
        if (receiver.name === "heartbeat") receiver.webhook_configs = [{ url: "http://127.0.0.1:9093/" }];
    },
    start: () => again(telemetry, "alertmanager-0"),
  },
);

/** Jaeger has no memory for spans. */
const withoutMemory = misconfigured<{ processors: { memory_limiter: object } }>(
  ["traces-lost"],
  { space: telemetry, kind: "configmap", name: "jaeger-config", file: "config.json" },
  {
    change: ({ processors }) => {
      processors.memory_limiter = { check_interval: "1s", limit_mib: 2, spike_limit_mib: 1 };
    },
    start: () => again(telemetry, "jaeger-0"),
  },
);

export const serviceFaults: readonly Fault[] = [keptOut(), letIn, full(), crowded, usedUp(), refusing, withoutMemory];

/** Asks the model gateway as the tenant does, so many times at once; what it answers doesn't matter. */
async function askModels(times: number): Promise<void> {
  const secret = await get<KubeObject>(platform, "secret", "litellm-keys", sharedServices);
  const keys = JSON.parse(Buffer.from(secret?.data?.["keys.json"] ?? "", "base64").toString());
  const { key } = keys.find(({ name }: { name: string }) => `tenant-${name}` === tenant);
  const tls = await get<KubeObject>(platform, "secret", "litellm-tls", sharedServices);
  const ca = Buffer.from(tls?.data?.["ca.crt"] ?? "", "base64").toString();
  await using local = await forward(platform, sharedServices, "svc/litellm", 4000);
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port: local.port,
        servername: "litellm.shared-services",
        ca,
        method: "POST",
      };
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
      request({ ...options, path: "/v1/chat/completions", headers }, (answer) => {
        answer.resume().once("end", resolve);
      })
        .once("error", reject)
        .end(JSON.stringify({ model: "default", messages: [{ role: "user", content: "Are you there?" }] }));
    });
  await Promise.all(Array.from({ length: times }, ask));
}

/** Postgres is gone, and with it the ledger of budgets. */
function databaseGone(): Fault {
  const postgres = gone("postgres-down", sharedServices, "statefulset/postgres");
  return {
    alerts: ["postgres-down", "model-gateway-errors"],
    begin: async () => {
      await postgres.begin();
      await kube("wait", "-n", sharedServices, "pod/postgres-0", "--for=delete", "--timeout=300s");
      // A rate is between two scrapes: of calls before the gateway's first one it sees nothing.
      await askModels(5);
      const counted = 'sum(agentic_model_calls_total{outcome="unavailable"})';
      await expect.poll(() => value(counted), scraped).toBeGreaterThan(0);
      await askModels(20);
    },
    end: postgres.end,
  };
}

export const goneServices: readonly Fault[] = [
  gone("object-store-down", sharedServices, "statefulset/minio"),
  databaseGone(),
];
