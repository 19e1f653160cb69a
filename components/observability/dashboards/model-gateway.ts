// Dashboard: the model gateway, by what it counts itself, and by what its callers and its node see of it.
import { quantile } from "../promql.ts";
import { dashboard, graph, WINDOW } from "./panels.ts";

/** The steps that ask a model. */
const steps = 'step=~"analysis|synthesis"';
const container = 'container="litellm"';

export const modelGateway = dashboard({
  name: "model-gateway",
  title: "Model gateway",
  description:
    "Calls, tokens and money by what the gateway counts, time and outcome of the steps that ask it, CPU, memory.",
  rows: {
    "Calls of models": [
      graph({
        title: "Calls in an hour",
        description:
          "By what became of them: answered by the model or from the cache, refused by a budget, unavailable as the ledger is, or failed.",
        unit: "count",
        queries: [{ expr: "sum by (outcome) (increase(agentic_model_calls_total[1h]))", legend: "{{outcome}}" }],
      }),
      graph({
        title: "Calls in an hour by tenant",
        description: "All of them.",
        unit: "count",
        queries: [{ expr: "sum by (tenant) (increase(agentic_model_calls_total[1h]))", legend: "{{tenant}}" }],
      }),
      graph({
        title: "Tokens in an hour",
        description: "Of answered calls, by model.",
        unit: "count",
        queries: [
          {
            expr: "sum by (model, direction) (increase(agentic_gateway_tokens_total[1h]))",
            legend: "{{model}} {{direction}}",
          },
        ],
      }),
      graph({
        title: "Spent in an hour",
        description: "On models, in the currency of the stack's prices, by tenant.",
        unit: "money",
        queries: [
          { expr: "sum by (tenant) (increase(agentic_model_spend_nano_total[1h])) / 1e9", legend: "{{tenant}}" },
        ],
      }),
    ],
    "Each call": [
      graph({
        title: "Time of a call",
        description: "That reached a model, retries among it, by model; half and 95 of 100 are faster.",
        unit: "seconds",
        queries: [
          {
            expr: quantile(0.5, "gen_ai_client_operation_duration_seconds_bucket", WINDOW, ["gen_ai_request_model"]),
            legend: "{{gen_ai_request_model}} median",
          },
          {
            expr: quantile(0.95, "gen_ai_client_operation_duration_seconds_bucket", WINDOW, ["gen_ai_request_model"]),
            legend: "{{gen_ai_request_model}} 95 %",
          },
        ],
      }),
      graph({
        title: "Tokens of a call",
        description: "Of its question and of its answer; 95 of 100 have fewer.",
        unit: "count",
        queries: [
          {
            expr: quantile(0.95, "gen_ai_client_token_usage_bucket", WINDOW, ["gen_ai_token_type"]),
            legend: "{{gen_ai_token_type}}",
          },
        ],
      }),
    ],
    "Steps that ask a model": [
      graph({
        title: "Time",
        description: "Half and 95 of 100 attempts are faster.",
        unit: "seconds",
        queries: [
          { expr: quantile(0.5, `agentic_step_seconds_bucket{${steps}}`, WINDOW, ["step"]), legend: "{{step}} median" },
          { expr: quantile(0.95, `agentic_step_seconds_bucket{${steps}}`, WINDOW, ["step"]), legend: "{{step}} 95 %" },
        ],
      }),
      graph({
        title: "Attempts in an hour",
        description: "By step and how they ended.",
        unit: "count",
        queries: [
          {
            expr: `sum by (step, outcome) (increase(agentic_step_seconds_count{${steps}}[1h]))`,
            legend: "{{step}} {{outcome}}",
          },
        ],
      }),
      graph({
        title: "Runs that failed for want of a service, in an hour",
        description: "The gateway is one of the services that it may have been.",
        unit: "count",
        queries: [
          { expr: 'sum(increase(agentic_run_failures_total{kind="ServiceUnavailable"}[1h]))', legend: "failed runs" },
        ],
      }),
    ],
    "The gateway's pods": [
      graph({
        title: "CPU",
        description: "Cores that each pod uses.",
        unit: "cores",
        queries: [
          {
            expr: `sum by (pod) (rate(container_cpu_usage_seconds_total{${container}}[${WINDOW}]))`,
            legend: "{{pod}}",
          },
        ],
      }),
      graph({
        title: "Memory",
        description: "What each pod can't do without, and its limit.",
        unit: "bytes",
        queries: [
          { expr: `sum by (pod) (container_memory_working_set_bytes{${container}})`, legend: "{{pod}}" },
          { expr: `max(container_spec_memory_limit_bytes{${container}})`, legend: "limit" },
        ],
      }),
    ],
  },
});
