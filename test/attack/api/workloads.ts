// Attacks of a submitter of workloads by what is in one: names, URLs, places, forms, answers for the gate.
import { type Case, DRY_RUN, WORKLOADS, workload } from "./case.ts";

const APPLY = { contentType: "application/apply-patch+yaml" };
const schema = "the schema of AgentWorkload";

function workloadCase(attack: string, by: string, says: Case["says"], object: object, twin: object = workload()): Case {
  return {
    attack: `a workload ${attack}`,
    by,
    says,
    attempt: ({ user }) => user.create(WORKLOADS + DRY_RUN, object),
    twin: ({ user }) => user.create(WORKLOADS + DRY_RUN, twin),
  };
}

const url = (attack: string, text: string, twin = "https://example.com/a?b=c#d"): Case =>
  workloadCase(
    attack,
    schema,
    /spec\.targetUrls\[0\]/,
    workload({ targetUrls: [text] }),
    workload({ targetUrls: [twin] }),
  );

const hook = (attack: string, text: string): Case =>
  workloadCase(
    attack,
    schema,
    /spec\.notify\[0\]\.url/,
    workload({ notify: [{ url: text }] }),
    workload({ notify: [{ url: "https://example.com/hook" }] }),
  );

const named = (attack: string, name: string, says: RegExp): Case =>
  workloadCase(
    attack,
    "the API server",
    says,
    workload({}, { generateName: undefined, name }),
    workload({}, { generateName: undefined, name: "prices" }),
  );

const place = (attack: string, artifacts: object): Case =>
  workloadCase(
    attack,
    schema,
    /spec\.artifacts\.(prefix|bucket)/,
    workload({ artifacts }),
    workload({ artifacts: { bucket: "artifacts", prefix: "a/b.c/d_e-f" } }),
  );

const approval = (answer: Record<string, string>) =>
  Object.fromEntries(Object.entries(answer).map(([key, value]) => [`agentic.io/${key}`, value]));

/** The answer for a gate that comes with the workload itself. */
const answered = (attack: string, says: string, answer: Record<string, string>): Case =>
  workloadCase(
    attack,
    "the admission policy approval.agentic.io",
    says,
    workload({ approval: { mode: "manual" } }, { annotations: approval(answer) }),
    workload({ approval: { mode: "manual" } }, { annotations: { "team.example/ticket": "17" } }),
  );

export const workloadCases: Case[] = [
  url("that reads a file", "file:///etc/passwd"),
  url("that runs a script", "javascript:alert(1)"),
  url("that reads data", "data:text/html,hello"),
  url("with a scheme in capital letters, which rules might not know", "HTTP://example.com/"),
  url("with a host behind a user", "http://example.com@169.254.169.254/"),
  url("with a host behind a password", "http://example.com:80@169.254.169.254/"),
  url("with a host behind a backslash", "http://example.com\\@169.254.169.254/"),
  url("with a line's end, and a header after it", "http://example.com/\r\nHost: 169.254.169.254"),
  url("with a tab, which parsers take out", "http://169.254.169\t.254/"),
  url("with a NUL", "http://example.com/\u0000"),
  url("with braces of the engine", "http://example.com/{{workflow.parameters.postgres_dsn}}"),
  url("without a host", "http:///169.254.169.254/"),
  url("that is too long", `http://example.com/${"a".repeat(3000)}`),
  hook("that notifies a file", "file:///etc/passwd"),
  hook("that notifies as a user", "https://user:password@example.com/"),
  hook("that notifies another protocol", "gopher://127.0.0.1:6379/_FLUSHALL"),
  named("with a name in other letters", "pr\u0456ces", /metadata\.name/),
  named("with a name in capital letters", "Prices", /metadata\.name/),
  named("with a path for a name", "..%2F..%2Fother", /metadata\.name|name/),
  named("with a name that no label holds", "a".repeat(64), /the name must have at most 63 characters/),
  named("with a name of dots, and no job id", "a.b", /set spec\.jobId/),
  place("that writes above its prefix", { prefix: "../other" }),
  place("that writes above its prefix, further in", { prefix: "job/../../other" }),
  place("that writes at the bucket's root", { prefix: "/" }),
  place("with an empty folder in its prefix", { prefix: "a//b" }),
  place("with an encoded slash in its prefix", { prefix: "a%2F..%2Fb" }),
  place("with a bucket that has a path", { bucket: "artifacts/../other" }),
  place("with a bucket in capital letters", { bucket: "Artifacts" }),
  place("with a bucket of an engine's tag", { bucket: "{{workflow.name}}" }),
  workloadCase(
    "with a job id of another's path",
    schema,
    /spec\.jobId/,
    workload({ jobId: "../x" }),
    workload({ jobId: "Order_17" }),
  ),
  workloadCase(
    "with a job id that ends with a line",
    schema,
    /spec\.jobId/,
    workload({ jobId: "x\n" }),
    workload({ jobId: "x" }),
  ),
  workloadCase(
    "with an objective of the engine's tags",
    schema,
    "must not contain '{{'",
    workload({ objective: "{{=sprig.env('X')}}" }),
    workload({ objective: "{ price }" }),
  ),
  workloadCase(
    "with an objective of a step's variable",
    schema,
    "must not contain '$('",
    workload({ objective: "$(POSTGRES_PASSWORD)" }),
    workload({ objective: "$5" }),
  ),
  workloadCase("with an objective of blanks", schema, /spec\.objective/, workload({ objective: " \n" })),
  workloadCase(
    "with a threshold below nothing",
    schema,
    /spec\.approval\.threshold/,
    workload({ approval: { threshold: "-1.0" } }),
    workload({ approval: { threshold: "0.50" } }),
  ),
  workloadCase(
    "with a threshold in another form",
    schema,
    /spec\.approval\.threshold/,
    workload({ approval: { threshold: "1e-9" } }),
  ),
  workloadCase(
    "with a threshold that is a number",
    schema,
    /spec\.approval\.threshold/,
    workload({ approval: { threshold: 0 } }),
  ),
  workloadCase(
    "with a mode in capital letters",
    schema,
    /spec\.approval\.mode/,
    workload({ approval: { mode: "AUTO" } }),
    workload({ approval: { mode: "auto" } }),
  ),
  workloadCase(
    "with a mode that there isn't",
    schema,
    /spec\.approval\.mode/,
    workload({ approval: { mode: "none" } }),
  ),
  workloadCase(
    "with a gate that waits for ever",
    schema,
    /spec\.approval\.timeout/,
    workload({ approval: { timeout: "9999999h" } }),
    workload({ approval: { timeout: "168h" } }),
  ),
  workloadCase(
    "with a run that takes no time",
    schema,
    /spec\.timeouts\.execution/,
    workload({ timeouts: { execution: "0s" } }),
    workload({ timeouts: { execution: "1s" } }),
  ),
  workloadCase(
    "that is started again without end",
    schema,
    /spec\.retry\.limit/,
    workload({ retry: { limit: 1e9 } }),
    workload({ retry: { limit: 10 } }),
  ),
  workloadCase(
    "with a template by a path",
    schema,
    /workflowTemplateRef\.name/,
    workload({ orchestration: { workflowTemplateRef: { name: "../x" } } }),
    workload({ orchestration: { workflowTemplateRef: { name: "x" } } }),
  ),
  workloadCase(
    "with a model that is a path",
    schema,
    /spec\.model/,
    workload({ model: "../../admin" }),
    workload({ model: "default" }),
  ),
  workloadCase(
    "with a thousand targets",
    schema,
    /spec\.targetUrls/,
    workload({ targetUrls: Array(1000).fill("https://example.com/") }),
    workload({ targetUrls: Array(100).fill("https://example.com/") }),
  ),
  workloadCase(
    "with a thousand webhooks",
    schema,
    /spec\.notify/,
    workload({ notify: Array(1000).fill({ url: "https://example.com/" }) }),
    workload({ notify: Array(10).fill({ url: "https://example.com/" }) }),
  ),
  workloadCase(
    "with a Secret of another namespace",
    schema,
    /secretRef\.name/,
    workload({ notify: [{ url: "https://example.com/", secretRef: { name: "agentic-system/state" } }] }),
    workload({ notify: [{ url: "https://example.com/", secretRef: {} }] }),
  ),
  answered("that brings its approval", "can only be set while the workload is in phase AwaitingApproval", {
    approval: "approve",
    "approved-by": "admin",
  }),
  answered("that brings its approval in its own name", "can only be set while", {
    approval: "approve",
    "approved-by": "system:serviceaccount:tenant-demo:tenant-user",
  }),
  answered("that brings an answer that there isn't", "agentic.io/approval must be approve, deny or ask, not Approve", {
    approval: "Approve",
    "approved-by": "admin",
  }),
  answered("that brings an answer with a blank", "agentic.io/approval must be approve, deny or ask", {
    approval: "approve ",
    "approved-by": "admin",
  }),
  {
    ...answered("that is applied with its approval", "can only be set while", {}),
    attempt: ({ user }) =>
      user.patch(
        `${WORKLOADS}/applied-approval${DRY_RUN}&fieldManager=agentic-operator&force=true`,
        workload(
          { approval: { mode: "manual" } },
          { generateName: undefined, name: "applied-approval", annotations: approval({ approval: "approve" }) },
        ),
        APPLY,
      ),
  },
];
