// Dashboard: what each tenant runs, how it ends, and what of it costs.
import { dashboard, graph, number } from "./panels.ts";

const tenant = 'tenant=~"$tenant"';

export const tenants = dashboard({
  name: "tenants",
  title: "Tenants and cost",
  description: "What each tenant runs, how it ends, and the quantities that cost money.",
  choice: { label: "tenant", metric: "agentic_workloads" },
  rows: {
    "At a glance": [
      number({
        title: "Workloads under way",
        description: "Of the chosen tenants.",
        unit: "count",
        queries: [{ expr: `sum(agentic_workloads{${tenant},phase="Running"}) or vector(0)`, legend: "running" }],
      }),
      number({
        title: "At a gate",
        description: "Workloads that wait for an answer.",
        unit: "count",
        queries: [
          { expr: `sum(agentic_workloads{${tenant},phase="AwaitingApproval"}) or vector(0)`, legend: "waiting" },
        ],
      }),
      number({
        title: "Longest wait at a gate",
        description: "Unanswered means denied, by default after 30 minutes.",
        unit: "seconds",
        queries: [{ expr: `max(agentic_gate_oldest_seconds{${tenant}}) or vector(0)`, legend: "wait" }],
      }),
      number({
        title: "Reports in the time shown",
        description: "Workloads that were completed.",
        unit: "count",
        queries: [
          {
            expr: `sum(increase(agentic_workloads_finished_total{${tenant},phase="Completed"}[$__range]))`,
            legend: "reports",
          },
        ],
      }),
    ],
    "By tenant": [
      graph({
        title: "Workloads",
        description: "By tenant and phase.",
        unit: "count",
        queries: [{ expr: `sum by (tenant, phase) (agentic_workloads{${tenant}})`, legend: "{{tenant}} {{phase}}" }],
      }),
      graph({
        title: "Ends in an hour",
        description: "By tenant and phase.",
        unit: "count",
        queries: [
          {
            expr: `sum by (tenant, phase) (increase(agentic_workloads_finished_total{${tenant}}[1h]))`,
            legend: "{{tenant}} {{phase}}",
          },
        ],
      }),
      graph({
        title: "Why there was no report, in an hour",
        description: "Failed and denied workloads by reason.",
        unit: "count",
        queries: [
          {
            expr: `sum by (tenant, reason) (increase(agentic_workloads_finished_total{${tenant},phase!="Completed"}[1h]))`,
            legend: "{{tenant}} {{reason}}",
          },
        ],
      }),
      graph({
        title: "Workloads by template",
        description: "All that there are.",
        unit: "count",
        queries: [
          { expr: `sum by (tenant, template) (agentic_workloads{${tenant}})`, legend: "{{tenant}} {{template}}" },
        ],
      }),
    ],
    "What it costs": [
      graph({
        title: "Cost in an hour",
        description: "Of workloads that have ended, in the currency of the stack's prices, by tenant.",
        unit: "money",
        queries: [
          {
            expr: `sum by (tenant) (increase(agentic_cost_nano_total{${tenant}}[1h])) / 1e9`,
            legend: "{{tenant}}",
          },
        ],
      }),
      graph({
        title: "Cost in an hour by kind",
        description: "Of workloads that have ended: processors, memory, models, storage, browsers.",
        unit: "money",
        queries: [
          { expr: `sum by (kind) (increase(agentic_cost_nano_total{${tenant}}[1h])) / 1e9`, legend: "{{kind}}" },
        ],
      }),
      graph({
        title: "Cost in an hour by template",
        description: "Of workloads that have ended.",
        unit: "money",
        queries: [
          {
            expr: `sum by (template) (increase(agentic_cost_nano_total{${tenant}}[1h])) / 1e9`,
            legend: "{{template}}",
          },
        ],
      }),
      graph({
        title: "Budgets of this month",
        description: "Share that is spent or held by calls under way; 0 of what has no limit.",
        unit: "share",
        queries: [
          {
            expr: `max by (tenant, limit) (agentic_budget_used_ratio{${tenant}})`,
            legend: "{{tenant}} {{limit}}",
          },
        ],
      }),
      graph({
        title: "Tokens in an hour",
        description: "That models were asked and answered with, of workloads that have ended.",
        unit: "count",
        queries: [
          {
            expr: `sum by (tenant, direction) (increase(agentic_model_tokens_total{${tenant}}[1h]))`,
            legend: "{{tenant}} {{direction}}",
          },
        ],
      }),
    ],
    "What takes room and time": [
      graph({
        title: "Time of runs in an hour",
        description: "Seconds that runs took, of all tenants, by template: at a gate and suspended they hold no pod.",
        unit: "seconds",
        queries: [{ expr: "sum by (template) (increase(agentic_run_seconds_sum[1h]))", legend: "{{template}}" }],
      }),
      graph({
        title: "Time of steps in an hour",
        description: "Seconds for which there was a pod, of all tenants, by step.",
        unit: "seconds",
        queries: [
          { expr: "sum by (template, step) (increase(agentic_step_seconds_sum[1h]))", legend: "{{template}} {{step}}" },
        ],
      }),
      graph({
        title: "Object store",
        description: "What all tenants keep.",
        unit: "bytes",
        queries: [
          { expr: "max(minio_cluster_usage_total_bytes)", legend: "kept" },
          { expr: "max(minio_cluster_capacity_usable_free_bytes)", legend: "free" },
        ],
      }),
      graph({
        title: "The platform's own use",
        description: "Cores and memory of the platform's containers, which all tenants share.",
        unit: "cores",
        queries: [
          {
            expr: 'sum by (namespace) (rate(container_cpu_usage_seconds_total{container!=""}[$__rate_interval]))',
            legend: "{{namespace}}",
          },
        ],
      }),
    ],
  },
});
