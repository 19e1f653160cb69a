// Dashboard: where the time of workloads goes, step by step, and what goes wrong.
import { quantile } from "../promql.ts";
import { dashboard, graph, WINDOW } from "./panels.ts";

const template = 'template=~"$template"';
const of = (q: number, metric: string, by: string[] = []) => quantile(q, `${metric}_bucket{${template}}`, WINDOW, by);

export const workload = dashboard({
  name: "workload",
  title: "Workload drill-down",
  description: "Where the time of workloads goes, step by step, and what goes wrong, by template.",
  choice: { label: "template", metric: "agentic_workloads" },
  rows: {
    Time: [
      graph({
        title: "To the first step",
        description: "From the workload's creation.",
        unit: "seconds",
        queries: [
          { expr: of(0.5, "agentic_first_pod_seconds", ["template"]), legend: "{{template}} median" },
          { expr: of(0.95, "agentic_first_pod_seconds", ["template"]), legend: "{{template}} 95 %" },
        ],
      }),
      graph({
        title: "Runs",
        description: "From the first step to the end, without the wait at the gate and without suspension.",
        unit: "seconds",
        queries: [
          { expr: of(0.5, "agentic_run_seconds", ["phase"]), legend: "{{phase}} median" },
          { expr: of(0.95, "agentic_run_seconds", ["phase"]), legend: "{{phase}} 95 %" },
        ],
      }),
      graph({
        title: "Steps, median",
        description: "Each attempt of a step.",
        unit: "seconds",
        queries: [{ expr: of(0.5, "agentic_step_seconds", ["step"]), legend: "{{step}}" }],
      }),
      graph({
        title: "Steps, 95 of 100 are faster",
        description: "Each attempt of a step.",
        unit: "seconds",
        queries: [{ expr: of(0.95, "agentic_step_seconds", ["step"]), legend: "{{step}}" }],
      }),
    ],
    Outcome: [
      graph({
        title: "Attempts of steps in an hour",
        description: "By step and how they ended.",
        unit: "count",
        queries: [
          {
            expr: `sum by (step, outcome) (increase(agentic_step_seconds_count{${template}}[1h]))`,
            legend: "{{step}} {{outcome}}",
          },
        ],
      }),
      graph({
        title: "Ends in an hour",
        description: "By phase and reason.",
        unit: "count",
        queries: [
          {
            expr: `sum by (phase, reason) (increase(agentic_workloads_finished_total{${template}}[1h]))`,
            legend: "{{phase}} {{reason}}",
          },
        ],
      }),
      graph({
        title: "Failed runs in an hour",
        description: "Of all templates, by kind of failure; those that are tried again count, too.",
        unit: "count",
        queries: [{ expr: "sum by (kind) (increase(agentic_run_failures_total[1h])) > 0", legend: "{{kind}}" }],
      }),
      graph({
        title: "Runs and steps tried again in an hour",
        description: "Of all templates, by the kind of failure before.",
        unit: "count",
        queries: [
          { expr: "sum by (kind) (increase(agentic_run_retries_total[1h]))", legend: "run: {{kind}}" },
          { expr: "sum by (kind) (increase(agentic_step_retries_total[1h]))", legend: "step: {{kind}}" },
        ],
      }),
    ],
    Pages: [
      graph({
        title: "Pages in an hour",
        description: "By what became of them; disallowed are those that robots.txt keeps out.",
        unit: "count",
        queries: [{ expr: `sum by (result) (increase(agentic_pages_total{${template}}[1h]))`, legend: "{{result}}" }],
      }),
      graph({
        title: "How work begins, in an hour",
        description: "Fresh, resumed from a checkpoint, done by an attempt before, or reused from an earlier run.",
        unit: "count",
        queries: [
          {
            expr: `sum by (beginning) (increase(agentic_step_beginnings_total{${template}}[1h]))`,
            legend: "{{beginning}}",
          },
        ],
      }),
      graph({
        title: "Bytes of pages in an hour",
        description: "Of those that were read.",
        unit: "bytes",
        queries: [
          { expr: `sum by (template) (increase(agentic_page_bytes_total{${template}}[1h]))`, legend: "{{template}}" },
        ],
      }),
    ],
    Gate: [
      graph({
        title: "Wait at the gate",
        description: "Half and 95 of 100 are answered sooner.",
        unit: "seconds",
        queries: [
          { expr: quantile(0.5, "agentic_gate_wait_seconds_bucket", WINDOW, ["mode"]), legend: "{{mode}} median" },
          { expr: quantile(0.95, "agentic_gate_wait_seconds_bucket", WINDOW, ["mode"]), legend: "{{mode}} 95 %" },
        ],
      }),
      graph({
        title: "Answers in an hour",
        description: "By decision and who took it.",
        unit: "count",
        queries: [
          {
            expr: "sum by (decision, by) (increase(agentic_gate_decisions_total[1h]))",
            legend: "{{decision}} by {{by}}",
          },
        ],
      }),
    ],
  },
});
