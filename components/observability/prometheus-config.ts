// Prometheus' configuration: what it scrapes, by which names it finds it, and what it keeps of it.
import { NAMESPACES, tenantNamespace } from "@agentic/api/names.ts";
import { images } from "../images.ts";
import { caFile, tlsFolder } from "../security/certificates.ts";
import { jaegerPart } from "./jaeger-config.ts";
import type { ScrapeTarget } from "./scrape-targets.ts";

/** Labels and ports of the parts of telemetry itself. */
export const prometheusPart = "prometheus";
export const alertmanagerPart = "alertmanager";

/** Folder of Prometheus' configuration in its pod. */
export const prometheusFolder = "/etc/prometheus";

/** Where it reads its token for targets that ask for one. */
export const tokenFolder = "/etc/secrets/metrics-token";

/** Where a pod has its account's token and the authority of the cluster's own certificates. */
const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Port of the kubelet's own server. */
export const kubeletPort = 10250;

/** What decides the configuration. */
export interface PrometheusConfigArgs {
  targets: readonly ScrapeTarget[];
  /** Seconds between two scrapes of a target, and between two evaluations of the rules. */
  interval: number;
  /** Whether the telemetry's own parts have certificates. */
  tls: boolean;
  /** Whether Alertmanager runs. */
  alertmanager: boolean;
  /** Whether Jaeger runs. */
  jaeger: boolean;
  /**
   * How kubelets are known: by the cluster's authority, or not at all, where each has signed its own certificate. `none` doesn't
   * scrape them.
   */
  kubelets: "verified" | "unverified" | "none";
}

/** Where a target's pods are found: a Service without an address of its own, whose name has the address of each pod. */
export const scrapeService = ({ job }: Pick<ScrapeTarget, "job">): string => `${job}-scrape`;

/** The configuration file's content. */
export function prometheusConfig(args: PrometheusConfigArgs): object {
  const { targets, interval, alertmanager } = args;
  const own = [
    { job: prometheusPart, part: prometheusPart, port: images.prometheus.ports.http, tls: args.tls },
    ...(alertmanager
      ? [{ job: alertmanagerPart, part: alertmanagerPart, port: images.alertmanager.ports.http, tls: args.tls }]
      : []),
    // It tells of itself on a port of its own, in clear text.
    ...(args.jaeger ? [{ job: jaegerPart, part: jaegerPart, port: images.jaeger.ports.metrics }] : []),
  ].map((target) => ({ ...target, space: NAMESPACES.observability }));
  return {
    global: { scrape_interval: `${interval}s`, scrape_timeout: "10s", evaluation_interval: `${interval}s` },
    rule_files: [`${prometheusFolder}/rules.json`],
    ...(alertmanager ? { alerting: { alertmanagers: [alertmanagerOf(args.tls)] } } : {}),
    scrape_configs: [
      ...targets.map(discovered),
      ...own.map(fixed),
      clusterDns,
      ...(args.kubelets === "none" ? [] : kubeletJobs(args.kubelets)),
    ],
  };
}

/** The server's own settings for TLS; it reads the files again when they change. */
export const prometheusWebConfig = (tls: boolean): object =>
  tls ? { tls_server_config: { cert_file: `${tlsFolder}/tls.crt`, key_file: `${tlsFolder}/tls.key` } } : {};

function alertmanagerOf(tls: boolean): object {
  const { http } = images.alertmanager.ports;
  const host = `${alertmanagerPart}.${NAMESPACES.observability}`;
  return { ...transport(tls, host), static_configs: [{ targets: [`${host}:${http}`] }] };
}

function transport(tls: boolean | undefined, serverName: string): object {
  return tls ? { scheme: "https", tls_config: { ca_file: caFile, server_name: serverName } } : { scheme: "http" };
}

/** A target whose pods come and go: an address each, from the cluster's DNS, which needs no right. */
function discovered(target: ScrapeTarget): object {
  const { job, space, part, port, path, tls, token } = target;
  return {
    job_name: job,
    ...(path ? { metrics_path: path } : {}),
    ...transport(tls, `${part}.${space}`),
    ...(token ? { authorization: { credentials_file: `${tokenFolder}/token` } } : {}),
    dns_sd_configs: [{ names: [`${scrapeService(target)}.${space}.svc`], type: "A", port, refresh_interval: "30s" }],
    relabel_configs: [{ target_label: "namespace", replacement: space }],
    metric_relabel_configs: withoutRuntimeDetails,
  };
}

function fixed({ job, space, part, port, tls }: ScrapeTarget): object {
  const host = `${part}.${space}`;
  return {
    job_name: job,
    ...transport(tls, host),
    static_configs: [{ targets: [`${host}:${port}`], labels: { namespace: space } }],
    metric_relabel_configs: withoutRuntimeDetails,
  };
}

/** Leaves out what a runtime says about itself in detail: nobody asks for it, and it is half of a small program's series. */
const withoutRuntimeDetails = [
  {
    source_labels: ["__name__"],
    regex: "(go_(gc|memstats|sched|cpu_classes|sync)|nodejs_(gc|heap_space|active))_.*",
    action: "drop",
  },
];

/** The cluster's own DNS, by the Service that every cluster with CoreDNS has. */
const clusterDns = {
  job_name: "cluster-dns",
  static_configs: [
    { targets: [`kube-dns.kube-system.svc:${images.coredns.ports.metrics}`], labels: { namespace: "kube-system" } },
  ],
  metric_relabel_configs: withoutRuntimeDetails,
};

/** What is kept of a node: the platform's own containers, and volumes. */
const containerMetrics = [
  "container_cpu_usage_seconds_total",
  "container_cpu_cfs_throttled_periods_total",
  "container_cpu_cfs_periods_total",
  "container_memory_working_set_bytes",
  "container_oom_events_total",
  "container_spec_memory_limit_bytes",
];
const kubeletMetrics = [
  "kubelet_volume_stats_available_bytes",
  "kubelet_volume_stats_capacity_bytes",
  "kubelet_volume_stats_used_bytes",
  "kubelet_running_pods",
  "kubelet_running_containers",
];

/** Kubelets and their cAdvisor, on the port that asks the API server what the account may do (`nodes/metrics`). */
function kubeletJobs(kubelets: "verified" | "unverified"): object[] {
  const known = kubelets === "verified" ? { ca_file: `${accountFolder}/ca.crt` } : { insecure_skip_verify: true };
  const job = (name: string, path: string, keep: readonly string[], more: readonly object[] = []) => ({
    job_name: name,
    metrics_path: path,
    scheme: "https",
    tls_config: known,
    authorization: { credentials_file: `${accountFolder}/token` },
    kubernetes_sd_configs: [{ role: "node" }],
    relabel_configs: [{ source_labels: ["__meta_kubernetes_node_name"], target_label: "node" }],
    metric_relabel_configs: [{ source_labels: ["__name__"], regex: keep.join("|"), action: "keep" }, ...more],
  });
  return [
    job("kubelet", "/metrics", kubeletMetrics),
    job("cadvisor", "/metrics/cadvisor", containerMetrics, [
      // Only sums of containers of pods have a namespace and a container. Workloads' pods would make series without an end.
      { source_labels: ["container"], regex: "|POD", action: "drop" },
      { source_labels: ["namespace"], regex: `${tenantNamespace("")}.*|`, action: "drop" },
    ]),
  ];
}
