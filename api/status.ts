// The status of an AgentWorkload, as the operator writes it.
import { Type } from "typebox";
import { FAILURE_KINDS, type FailureKind } from "./failures.ts";
import { AMOUNT_PATTERN } from "./money.ts";
import { ChangeableField } from "./parameter-schema.ts";
import { PHASES } from "./phases.ts";

const time = (description: string) => Type.Optional(Type.String({ description, format: "date-time" }));
const text = (description: string) => Type.Optional(Type.String({ description }));

export const Condition = Type.Object({
  type: Type.String({ maxLength: 316 }),
  status: Type.Enum(["True", "False", "Unknown"]),
  reason: Type.String({ maxLength: 1024 }),
  message: Type.String({ maxLength: 32768 }),
  lastTransitionTime: Type.String({ format: "date-time" }),
  observedGeneration: Type.Optional(Type.Integer()),
});

const Amount = (description: string) => Type.String({ description, pattern: AMOUNT_PATTERN });

const digests = (description: string) => Type.Optional(Type.Record(Type.String(), Type.String(), { description }));

/** A person's answer at a gate. */
const Answer = Type.Object({
  decision: Type.Enum(["approve", "deny"]),
  by: Type.String({ description: "Who, as the API server knew them." }),
  at: Type.String({ description: "When it was recorded.", format: "date-time" }),
  reason: Type.String({ description: "The person's own reason." }),
  evidence: digests("What was there to judge: step → digest of the manifest of what it wrote."),
  groups: Type.Optional(
    Type.Array(Type.String(), {
      "x-kubernetes-list-type": "atomic",
      description: "Groups of which one was the person's, where the tenant demands it of the template.",
    }),
  ),
});

/** What approvers have changed to what. */
const Change = Type.Object({
  value: Type.String({ description: "The value in place of the template's." }),
  by: Type.Array(Type.String(), {
    "x-kubernetes-list-type": "atomic",
    description: "Who has approved with it: each approval has the same changes.",
  }),
});

/** What a person asks back at a gate, and what is said to it. */
const Question = Type.Object({
  question: Type.String({ description: "What is asked, in the person's own words." }),
  by: Type.String({ description: "Who asks, as the API server knew them." }),
  at: Type.String({ description: "When it was recorded.", format: "date-time" }),
  reply: text("What is replied; absent while the question is open."),
  repliedBy: text("Who replies, as the API server knew them."),
  repliedAt: time("When the reply was recorded."),
});

const Cost = Type.Object(
  {
    currency: Type.String({ description: "Of all amounts, such as USD." }),
    total: Amount("The sum of the parts."),
    parts: Type.Record(Type.String(), Amount("The part's amount."), {
      description: "Amounts by kind: cpu, memory, model, storage, browser.",
    }),
    modelCalls: Type.Integer({ description: "Answered calls of models." }),
    tokens: Type.Object(
      {
        input: Type.Integer(),
        output: Type.Integer(),
        unreported: Type.Optional(
          Type.Integer({ description: "Of calls that no step reports: of attempts that were killed, or still run." }),
        ),
      },
      { description: "Tokens of those calls, as the gateway counted them." },
    ),
    prices: Type.String({ description: "Table of prices and its month." }),
    unpriced: Type.Optional(
      Type.Array(Type.String(), {
        "x-kubernetes-list-type": "atomic",
        description: "Models without a price, whose tokens are in no amount.",
      }),
    ),
  },
  {
    description:
      "What the workload has cost until now, measured, over all its runs: pods that have ended by their requests, tokens by the model's price, artifacts for as long as they are kept, time with browsers.",
  },
);

const failureKind = (description: string) => Type.Enum(Object.keys(FAILURE_KINDS) as FailureKind[], { description });

/** A try of a step after one that failed. */
export const StepRetrySchema = Type.Object({
  step: Type.String({ description: "The step that was tried again." }),
  kind: failureKind("Of the failure of the try before."),
  number: Type.Integer({ description: "How often the step has been tried again by this, from 1." }),
  limit: Type.Optional(Type.Integer({ description: "How often it may be." })),
  at: time("When the try began."),
});

export const AgentWorkloadStatusSchema = Type.Object(
  {
    phase: Type.Optional(Type.Enum([...PHASES])),
    argoWorkflow: Type.Optional(
      Type.Object({
        name: Type.String(),
        namespace: Type.String(),
        uid: Type.String(),
        createdAt: time("When the Workflow was created."),
      }),
    ),
    argoPhase: Type.Optional(Type.Enum(["Pending", "Running", "Suspended", "Succeeded", "Failed", "Error"])),
    currentNode: text("The step that runs or waits now; several steps are separated by commas."),
    nodes: Type.Optional(
      Type.Object(
        { total: Type.Integer(), succeeded: Type.Integer(), failed: Type.Integer() },
        {
          description: "Counts of the run's steps.",
        },
      ),
    ),
    workflowArtifacts: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "Artifact name → s3 URI. Of many artifacts only the first; `artifacts` says where all are listed.",
      }),
    ),
    artifacts: Type.Optional(
      Type.Object(
        {
          total: Type.Integer({ description: "How many artifacts the run's steps have written." }),
          named: Type.Integer({ description: "How many of them workflowArtifacts names." }),
          manifests: Type.Optional(
            Type.Record(Type.String(), Type.String(), {
              description: "Step → s3 URI of the manifest that names each of its artifacts with digest and size.",
            }),
          ),
          digests: digests("Step → digest of that manifest, as the step itself has reported it: sha256: and hex."),
        },
        { description: "How many artifacts there are, and where all are listed." },
      ),
    ),
    logs: text("s3 URI below which each pod of an agent's step has its log: <pod>/main.log, lines of JSON."),
    approval: Type.Optional(
      Type.Object({
        decision: Type.Optional(
          Type.Enum(["pending", "approve", "deny"], { description: "The gate's answer; pending while it waits." }),
        ),
        by: text("opa, timeout, or the user who decided."),
        confidence: Type.Optional(Type.Number({ description: "The analysis's confidence, 0..1." })),
        reason: text("Reason of the decision."),
        evidence: digests(
          "What it is decided on: step → digest of the manifest of what it wrote. Later steps read nothing else.",
        ),
        at: time("When it was decided."),
        policy: Type.Optional(
          Type.Object(
            {
              allow: Type.Boolean(),
              reasons: Type.Array(Type.String(), { "x-kubernetes-list-type": "atomic" }),
            },
            { description: "Mode manual: what the policy would decide, for the person who does." },
          ),
        ),
        expiresAt: time("Until when it waits for an answer: unanswered then means denied. Absent while suspended."),
        required: Type.Optional(
          Type.Integer({ description: "How many different people must approve; absent where one is enough." }),
        ),
        answers: Type.Optional(
          Type.Array(Answer, {
            "x-kubernetes-list-type": "atomic",
            description: "People's answers of this run, one by one. Only the operator adds to them.",
          }),
        ),
        changeable: Type.Optional(
          Type.Record(Type.String(), ChangeableField, {
            description:
              "What who approves may change, by name, as the template's gate declares it. Present while it waits for a person.",
          }),
        ),
        changes: Type.Optional(
          Type.Record(Type.String(), Change, {
            description:
              "What was changed with the approvals of this run, by name; later steps get the values. Only the operator writes it.",
          }),
        ),
        questions: Type.Optional(
          Type.Array(Question, {
            "x-kubernetes-list-type": "atomic",
            description:
              "What was asked back at the gate of this run, with the replies. Only the operator adds to them.",
          }),
        ),
      }),
    ),
    cost: Type.Optional(Cost),
    attempt: Type.Optional(Type.Integer({ description: "Number of runs before this one." })),
    failure: Type.Optional(
      Type.Object(
        {
          kind: failureKind("What kind of failure it was."),
          step: text("The step that failed; absent if no step failed."),
          exitCode: Type.Optional(Type.Integer({ description: "Exit code of the step's container." })),
          attempt: Type.Integer({ description: "Number of the run, from 0." }),
        },
        { description: "Why the last failed run failed; the message has the step's own last message." },
      ),
    ),
    stepRetries: Type.Optional(
      Type.Array(StepRetrySchema, {
        "x-kubernetes-list-type": "atomic",
        description: "Tries of the run's steps after failures, oldest first; of many the last fifty.",
      }),
    ),
    suspension: Type.Optional(
      Type.Object(
        {
          seconds: Type.Integer({ description: "Seconds that the current run was suspended before `since`." }),
          since: time("When the current suspension began."),
          until: time("When the last suspension ended."),
        },
        { description: "Time spent suspended, which doesn't count for any timeout." },
      ),
    ),
    conditions: Type.Optional(
      Type.Array(Condition, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] }),
    ),
    notifications: Type.Optional(
      Type.Array(
        Type.Object({
          url: Type.String(),
          event: Type.String(),
          state: Type.Enum(["Pending", "Delivered", "Failed"]),
          message: text("Why it failed."),
          at: time("When its state changed."),
        }),
        { "x-kubernetes-list-type": "atomic" },
      ),
    ),
    observedGeneration: Type.Optional(Type.Integer()),
    message: text("The workload's state in one sentence."),
    startedAt: time("When the run's first step started."),
    completedAt: time("When the workload reached its final phase."),
  },
  { description: "The workload's state, as the operator observed it." },
);
