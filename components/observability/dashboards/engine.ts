// Dashboard: the workflow engine, Argo Workflows or the built-in one, whose metrics have the same names.
import { quantile } from "../promql.ts";
import { dashboard, graph, number, WINDOW } from "./panels.ts";

export const engine = dashboard({
  name: "engine",
  title: "Workflow engine",
  description: "Argo Workflows or the built-in engine: workflows, pods, passes, and requests to the API server.",
  rows: {
    "At a glance": [
      number({
        title: "Engines that lead",
        description: "One, or no step starts.",
        unit: "count",
        queries: [{ expr: "sum(argo_workflows_is_leader)", legend: "leaders" }],
      }),
      number({
        title: "Workflows under way",
        description: "Those that run or wait.",
        unit: "count",
        queries: [{ expr: 'sum(argo_workflows_gauge{phase=~"Running|Pending"}) or vector(0)', legend: "workflows" }],
      }),
      number({
        title: "Pods under way",
        description: "Steps that run or wait for a node.",
        unit: "count",
        queries: [{ expr: 'sum(argo_workflows_pods_gauge{phase=~"Running|Pending"}) or vector(0)', legend: "pods" }],
      }),
      number({
        title: "Errors in an hour",
        description: "Of the engine itself; what workflows do wrong isn't among them.",
        unit: "count",
        queries: [{ expr: "sum(increase(argo_workflows_error_count[1h]))", legend: "errors" }],
      }),
    ],
    Workflows: [
      graph({
        title: "Workflows by phase",
        description: "All that there are.",
        unit: "count",
        queries: [{ expr: "sum by (phase) (argo_workflows_gauge)", legend: "{{phase}}" }],
      }),
      graph({
        title: "Workflows that enter a phase",
        description: "Per second.",
        unit: "perSecond",
        queries: [{ expr: `sum by (phase) (rate(argo_workflows_total_count[${WINDOW}]))`, legend: "{{phase}}" }],
      }),
      graph({
        title: "Pods by phase",
        description: "All that there are.",
        unit: "count",
        queries: [{ expr: "sum by (phase) (argo_workflows_pods_gauge)", legend: "{{phase}}" }],
      }),
      graph({
        title: "Workflows of each template",
        description: "Time from start to end; 95 of 100 are faster.",
        unit: "seconds",
        queries: [
          {
            expr: quantile(0.95, "argo_workflows_workflowtemplate_runtime_bucket", WINDOW, ["name"]),
            legend: "{{name}}",
          },
        ],
      }),
    ],
    Controller: [
      graph({
        title: "Passes",
        description: "Time of one pass over a workflow, requests included.",
        unit: "seconds",
        queries: [
          { expr: quantile(0.5, "argo_workflows_operation_duration_seconds_bucket", WINDOW), legend: "median" },
          { expr: quantile(0.95, "argo_workflows_operation_duration_seconds_bucket", WINDOW), legend: "95 %" },
        ],
      }),
      graph({
        title: "Queue and workers",
        description: "Workflows that wait for a pass, and passes under way.",
        unit: "count",
        queries: [
          { expr: "sum by (queue_name) (argo_workflows_queue_depth_gauge)", legend: "{{queue_name}} waits" },
          { expr: "sum by (worker_type) (argo_workflows_workers_busy_count)", legend: "{{worker_type}} busy" },
        ],
      }),
      graph({
        title: "Requests to the API server",
        description: "Per second, by verb and answer.",
        unit: "perSecond",
        queries: [
          {
            expr: `sum by (verb, status_code) (rate(argo_workflows_k8s_request_total[${WINDOW}]))`,
            legend: "{{verb}} {{status_code}}",
          },
        ],
      }),
      graph({
        title: "Errors",
        description: "Per second, by cause.",
        unit: "perSecond",
        queries: [{ expr: `sum by (cause) (rate(argo_workflows_error_count[${WINDOW}]))`, legend: "{{cause}}" }],
      }),
    ],
  },
});
