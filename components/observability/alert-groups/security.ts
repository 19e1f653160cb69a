// Alerts on who may do what, and on what may run.
import type { Alert } from "./alert.ts";

export const securityAlerts = {
  "image-denied": {
    title: "Images are refused",
    summary:
      "A step's image may not run here, or can't be pulled: the signature, the list of allowed images, or the registry.",
    expr: ({ of }) =>
      `sum(increase(${of("agentic_run_failures_total", 'kind=~"ImageDenied|ImageUnavailable"')}[15m])) > 0`,
    for: "0s",
    severity: "warning",
    team: "security",
  },
  "break-glass": {
    title: "Somebody is in a tenant's namespace by break-glass",
    summary: "`kubectl get accessrequests` shows who, what for, who approved it, and until when.",
    expr: ({ of }) => `max by (tenant) (${of("agentic_break_glass_active")}) > 0`,
    for: "0s",
    severity: "warning",
    team: "security",
  },
  "break-glass-overdue": {
    title: "Somebody's time in a tenant's namespace is over, and the rights are still there",
    summary: "The operator hasn't taken rights whose time is over: `kubectl get accessrequests`.",
    expr: ({ of }) => `max(${of("agentic_break_glass_overdue")}) > 0`,
    for: "1m",
    severity: "critical",
    team: "security",
  },
} as const satisfies Record<string, Alert>;
