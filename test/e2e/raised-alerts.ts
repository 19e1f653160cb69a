// The alerts that test/e2e/platform/alerts.test.ts raises by faults on the embedded node.
export const raisedAlerts = [
  "alerts-undelivered",
  "backlog-age",
  "break-glass",
  "budget-nearly-used",
  "certificate-ends",
  "crash-loop",
  "dead-mans-switch",
  "engine-down",
  "gate-waits",
  "image-denied",
  "model-gateway-errors",
  "no-leader",
  "notifications-fail",
  "object-store-down",
  "operator-down",
  "out-of-memory",
  "policy-unavailable",
  "postgres-connections",
  "postgres-down",
  "quota-full",
  "scrape-down",
  "service-unavailable",
  "traces-lost",
  "workload-failed",
] as const;

export type RaisedAlert = (typeof raisedAlerts)[number];
