// What policy disruption-budgets lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";

const labels = { app: "a" };
const deployment = (replicas: number) =>
  object("Deployment", { spec: { replicas, template: { metadata: { labels } } } }, "apps/v1");
const budget = (spec: object) =>
  object("PodDisruptionBudget", { spec: { selector: { matchLabels: labels }, ...spec } }, "policy/v1");
const others = (replicas: number) =>
  object("Deployment", { spec: { replicas, template: { metadata: { labels: { app: "b" } } } } }, "apps/v1");
const other = object("PodDisruptionBudget", { spec: { selector: { matchLabels: { app: "b" } } } }, "policy/v1");

table(disruptionBudgets, {
  passes: {
    "one replica": [deployment(1)],
    "a budget": [deployment(3), budget({ maxUnavailable: 1 })],
    "a budget for other labels": [others(3), other],
    "a budget by what stays": [deployment(3), budget({ minAvailable: 2 })],
  },
  violates: {
    none: [[deployment(3), other], "Deployment space/one: all 3 replicas may be drained at once"],
    "one that lets none go": [[deployment(2), budget({ minAvailable: 2 })], "no node can be drained"],
    "one that lets none go, in words": [
      [deployment(2), budget({ maxUnavailable: 0 })],
      "PodDisruptionBudget one: it allows no eviction",
    ],
    "one that lets none go, of pods elsewhere": [budget({ minAvailable: "100%" }), "it allows no eviction"],
  },
});
