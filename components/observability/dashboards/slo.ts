// Dashboard: the objectives of service levels, what is left of their budgets, and how fast these burn.
import { budgetSeries, objectiveNames, objectives, remainingSeries } from "../slo.ts";
import { dashboard, graph, number } from "./panels.ts";

const burnRate = (window: string) => `slo:errors:ratio_rate${window} / on (slo) ${budgetSeries}`;

export const slo = dashboard({
  name: "slo",
  title: "Service levels",
  description:
    "What is left of each objective's error budget of 30 days, and how fast it burns: at 1 it lasts exactly that long.",
  rows: {
    "Budget left": objectiveNames.map((name) =>
      number({
        title: objectives[name].title,
        description: objectives[name].good,
        unit: "share",
        queries: [{ expr: `${remainingSeries}{slo="${name}"}`, legend: name }],
      }),
    ),
    "Burn rate": [
      graph({
        title: "Over an hour",
        description: "Above 14.4, and over the last five minutes too, somebody is woken.",
        unit: "count",
        queries: [{ expr: burnRate("1h"), legend: "{{slo}}" }],
      }),
      graph({
        title: "Over six hours",
        description: "Above 6, and over the last half hour too, somebody is woken.",
        unit: "count",
        queries: [{ expr: burnRate("6h"), legend: "{{slo}}" }],
      }),
      graph({
        title: "Over a day",
        description: "Above 3, there is a warning.",
        unit: "count",
        queries: [{ expr: burnRate("1d"), legend: "{{slo}}" }],
      }),
      graph({
        title: "Over three days",
        description: "Above 1, there is a warning.",
        unit: "count",
        queries: [{ expr: burnRate("3d"), legend: "{{slo}}" }],
      }),
    ],
    "Errors and budget": [
      graph({
        title: "Share of errors in 30 days",
        description: "Beside the share that each objective allows.",
        unit: "share",
        queries: [
          { expr: "slo:errors:ratio_rate30d", legend: "{{slo}}" },
          { expr: budgetSeries, legend: "{{slo}} allowed" },
        ],
      }),
      graph({
        title: "Share of errors in five minutes",
        description: "What goes wrong now.",
        unit: "share",
        queries: [{ expr: "slo:errors:ratio_rate5m", legend: "{{slo}}" }],
      }),
    ],
  },
});
