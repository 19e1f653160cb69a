// Schemas of the objects in an AgentWorkload's spec: template, artifacts, approval, webhooks.
import { Type } from "typebox";
import { cel, duration, KEY_SEGMENT, quantity, URL_PATTERN } from "./fields.ts";
import { AMOUNT_PATTERN } from "./money.ts";
import { DEFAULT_WORKFLOW_TEMPLATE } from "./names.ts";
import { DEFAULT_REMINDERS, NOTIFY_FORMATS } from "./notify.ts";
import { DEFAULTS } from "./phases.ts";
import { NOTIFY_SECRET } from "./rbac.ts";

export const Resources = Type.Object(
  { cpu: quantity("CPU, such as 500m"), memory: quantity("Memory, such as 512Mi") },
  { description: "CPU and memory of each agent container of the run." },
);

export const Orchestration = Type.Object({
  workflowTemplateRef: Type.Optional(
    Type.Object(
      {
        name: Type.Optional(
          Type.String({
            description: "Name of the template.",
            default: DEFAULT_WORKFLOW_TEMPLATE,
            minLength: 1,
            maxLength: 253,
            pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
          }),
        ),
        clusterScope: Type.Optional(
          Type.Boolean({
            description: "true: a ClusterWorkflowTemplate; false: a WorkflowTemplate of the workload's namespace.",
            default: false,
          }),
        ),
      },
      { description: "The template that the workload runs.", default: {} },
    ),
  ),
});

export const Artifacts = Type.Object({
  bucket: Type.Optional(
    Type.String({
      description: "Bucket for the artifacts. Default: the tenant's, else artifacts.",
      minLength: 3,
      maxLength: 63,
      pattern: "^[a-z0-9][a-z0-9.-]*[a-z0-9]$",
    }),
  ),
  prefix: Type.Optional(
    Type.String({
      description: "Key prefix of the artifacts, without slashes at its ends. Default: job_<jobId>.",
      minLength: 1,
      maxLength: 200,
      pattern: `^${KEY_SEGMENT}(/${KEY_SEGMENT})*$`,
    }),
  ),
  cache: Type.Optional(
    Type.Boolean({
      description:
        "true: reuse artifacts that an earlier run wrote under the prefix; needs a template that supports it.",
      default: false,
    }),
  ),
});

export const Budget = Type.Object(
  {
    amount: Type.Optional(
      Type.String({
        description: "Money for calls of models, a decimal such as 0.45, in the currency of the stack's prices.",
        pattern: AMOUNT_PATTERN,
        maxLength: 19,
      }),
    ),
    tokens: Type.Optional(
      Type.Integer({ description: "Tokens, asked and answered.", minimum: 1, maximum: 1_000_000_000_000 }),
    ),
    calls: Type.Optional(Type.Integer({ description: "Calls of models.", minimum: 1, maximum: 1_000_000_000 })),
  },
  {
    description:
      "The most that all runs together may spend on models; may be raised while it runs. The gateway holds the most that a call may take before it asks, so that calls at once don't pass it. Beside it the tenant's budget of the month holds.",
  },
);

export const BrowserSpec = Type.Object({
  scripts: Type.Optional(
    Type.Boolean({
      description:
        "true: pages are drawn with their scripts, for pages that show nothing without; needs a template that supports it. Scripts are strangers' code: they see their own page, and what its host and public hosts give them.",
      default: false,
    }),
  ),
});

export const ApprovalSpec = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(["auto", "manual"], {
        description: "Who decides at the gate: auto: the policy engine; manual: a person.",
        default: DEFAULTS.mode,
      }),
    ),
    policy: Type.Optional(
      Type.Enum(["strict", "permissive"], {
        description: "Mode auto: strict also refuses on findings of high severity; permissive only on critical ones.",
        default: DEFAULTS.policy,
      }),
    ),
    threshold: Type.Optional(
      Type.String({
        description: "Mode auto: the lowest confidence that passes, 0.00–1.00 with two decimals.",
        default: DEFAULTS.threshold,
        maxLength: 4,
        pattern: "^(0\\.[0-9]{2}|1\\.00)$",
      }),
    ),
    timeout: Type.Optional(duration("How long the gate waits for an answer; after that it is denied.", "30m")),
  },
  cel({
    rule: `!has(self.mode) || self.mode != 'manual' || ((!has(self.policy) || self.policy == '${DEFAULTS.policy}') && (!has(self.threshold) || self.threshold == '${DEFAULTS.threshold}'))`,
    message: "in mode manual a person decides: leave out policy and threshold",
  }),
);

export const Notify = Type.Object({
  url: Type.String({
    description: "Where to POST the event.",
    minLength: 8,
    maxLength: 2048,
    pattern: URL_PATTERN,
  }),
  events: Type.Optional(
    Type.Array(Type.Enum(["Running", "AwaitingApproval", "Completed", "Failed", "Denied"]), {
      description: "Phases that the webhook is called for.",
      default: ["Completed", "Failed", "Denied"],
      minItems: 1,
      maxItems: 5,
      "x-kubernetes-list-type": "set",
    }),
  ),
  format: Type.Optional(
    Type.Enum([...NOTIFY_FORMATS], {
      description:
        "The body: json: all that there is to know; slack: Block Kit for an incoming webhook; teams: an Adaptive Card for a workflow's webhook; email: subject, text and html.",
      default: "json",
    }),
  ),
  reminders: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: 99 }), {
      description: `When a gate still waits for a person: percent of its time left at which the webhook is called again, each once. Default ${DEFAULT_REMINDERS.join(" and ")} with event AwaitingApproval, else never.`,
      maxItems: 5,
      "x-kubernetes-list-type": "set",
    }),
  ),
  secretRef: Type.Optional(
    Type.Object(
      {
        name: Type.Optional(
          Type.String({
            description:
              "Name of the Secret. Unless the platform's owner allows more, the operator may read only the one named notify.",
            default: NOTIFY_SECRET,
            minLength: 1,
            maxLength: 253,
            pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
          }),
        ),
        key: Type.Optional(Type.String({ minLength: 1, maxLength: 253, pattern: "^[-._a-zA-Z0-9]+$", default: "key" })),
      },
      { description: "Secret of the workload's namespace whose value signs the body (HMAC-SHA256)." },
    ),
  ),
});
