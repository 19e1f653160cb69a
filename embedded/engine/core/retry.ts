// Runs a call with a retryStrategy: a Retry node whose children are the attempts.
import { type Frame, nodeFields, type Outcome } from "./frame.ts";
import { INT32, parseInteger } from "./integer.ts";
import { mayBegin } from "./limits.ts";
import { isFailure, isFulfilled, type Operation } from "./operation.ts";
import { evaluateRetry, type LastRetry } from "./retry-expression.ts";
import { substituteIn } from "./substitute.ts";
import { humanDuration, LONGEST_DURATION_MS, parseDuration, parseTimestamp, timestamp } from "./time.ts";
import { type Backoff, type NodeStatus, type Phase, type RetryStrategy, SpecError, type Template } from "./types.ts";

/** Messages of nodes that Argo counts as transient errors (util/errors/errors.go). */
const TRANSIENT =
  /etcdserver: (?:leader changed|request timed out|too many requests)|unexpected error when reading response body|stream error when reading response body|Connection closed by foreign host|net\/http: TLS handshake timeout|i\/o timeout|connection timed out|connection reset by peer|http2: client connection lost|http2: server sent GOAWAY and closed the connection|request did not complete within requested timeout|connect: connection refused|invalid connection|client rate limiter Wait returned an error|upper: no more rows in/;

const POLICIES: Record<string, (node: NodeStatus) => boolean> = {
  Always: ({ phase }) => isFailure(phase),
  OnFailure: ({ phase }) => phase === "Failed",
  OnError: ({ phase }) => phase === "Error",
  OnTransientError: ({ phase, message = "" }) => isFailure(phase) && TRANSIENT.test(message),
};

/** The retryPolicy that applies; without one, an expression alone decides. */
export const policyOf = (strategy: RetryStrategy) =>
  strategy.retryPolicy || (strategy.expression ? "Always" : "OnFailure");

/** A time as Go prints it in UTC. */
const goTime = (ms: number) => `${timestamp(new Date(ms)).replace("T", " ").replace("Z", "")} +0000 UTC`;

export function lastRetry(attempts: NodeStatus[]): LastRetry {
  const last = attempts.at(-1);
  const seconds =
    last?.finishedAt && last.startedAt ? (Date.parse(last.finishedAt) - Date.parse(last.startedAt)) / 1000 : 0;
  return {
    retries: String(Math.max(attempts.length - 1, 0)),
    "lastRetry.exitCode": last?.outputs?.exitCode ?? "-1",
    "lastRetry.status": last?.phase ?? "",
    "lastRetry.duration": String(seconds),
    "lastRetry.message": last?.message ?? "",
  };
}

type Decision = { end: Phase; message?: string } | { wait: number; until: number } | { again: true; until?: number };

const BACKOFF = "retryStrategy.backoff";

/** Milliseconds to wait after the nth attempt, at most the longest duration. */
function backoffWait({ duration, factor, cap }: Backoff, attempts: number): number {
  if (!duration) throw new SpecError(`${BACKOFF}.duration: no base duration specified for retryStrategy`);
  const base = parseDuration(duration, `${BACKOFF}.duration`);
  const times = factor === undefined ? 0 : parseInteger(factor, `${BACKOFF}.factor`, INT32);
  const grown = base > 0 && times > 0 ? base * times ** (attempts - 1) : base;
  return Math.min(grown, LONGEST_DURATION_MS, cap ? parseDuration(cap, `${BACKOFF}.cap`) : LONGEST_DURATION_MS);
}

/** Decides what follows an attempt that has ended. */
function decide(op: Operation, strategy: RetryStrategy, attempts: NodeStatus[], last: NodeStatus): Decision {
  if (!isFailure(last.phase)) return { end: "Succeeded" };
  const end = (message: string | undefined): Decision => ({ end: last.phase, ...(message ? { message } : {}) });
  if (op.spec.shutdown) return end(`Stopped with strategy '${op.spec.shutdown}'`);
  if (op.pastDeadline) return end(`retry exceeded workflow deadline ${goTime(op.deadline ?? 0)}`);

  const limit = strategy.limit === undefined ? undefined : parseInteger(strategy.limit, "retryStrategy.limit", INT32);
  const isLast = limit !== undefined && attempts.length > limit;
  let until: number | undefined;
  let resume = 0;
  let wait = 0;
  if (strategy.backoff) {
    const { maxDuration } = strategy.backoff;
    const now = op.now.getTime();
    if (maxDuration) {
      until =
        parseTimestamp(attempts[0]?.startedAt, "startedAt") + parseDuration(maxDuration, `${BACKOFF}.maxDuration`);
      if (now > until) return end("Max duration limit exceeded");
    }
    wait = backoffWait(strategy.backoff, attempts.length);
    resume = parseTimestamp(last.finishedAt, "finishedAt") + wait;
    if (until !== undefined && resume > until) return end("Backoff would exceed max duration limit");
  }

  const policy = POLICIES[policyOf(strategy)];
  if (!policy) throw new SpecError(`${policyOf(strategy)} is not a valid RetryPolicy`);
  if (!policy(last)) return end(last.message);
  if (isLast) return end("No more retries left");
  if (strategy.expression && !evaluateRetry(strategy.expression, lastRetry(attempts))) {
    return end("retryStrategy.expression evaluated to false");
  }
  if (op.now.getTime() < resume) return { wait, until: resume };
  return { again: true, ...(until === undefined ? {} : { until }) };
}

/** Begins or continues the attempts of a call; `run` executes the attempt with the given number. */
export function executeRetry(
  op: Operation,
  frame: Frame,
  raw: RetryStrategy,
  run: (attempt: number, variables: Map<string, string>, until: number | undefined) => Outcome,
  within: Template | undefined,
): Outcome {
  const strategy: RetryStrategy = {
    ...substituteIn({ ...raw, expression: undefined }, frame.lookup),
    ...(raw.expression ? { expression: raw.expression } : {}),
  };
  let node = op.named(frame.name) ?? op.create(frame.name, { type: "Retry", phase: "Running", ...nodeFields(frame) });
  let until: number | undefined;

  const attempt = (number: number) => {
    const before = op.attempts(node).slice(0, number);
    const variables = new Map<string, string>([...Object.entries(lastRetry(before)), ["retries", String(number)]]);
    // As Argo has it: in an expression a try without an exit code has -1, in its template 0.
    if (before.at(-1)?.outputs?.exitCode === undefined) variables.set("lastRetry.exitCode", "0");
    const { node: child } = run(number, variables, until);
    if (child) op.link(node, child.id);
    node = op.get(node.id) ?? node;
  };

  let hasBegun = false;
  for (;;) {
    const attempts = op.attempts(node);
    let last = attempts.at(-1);
    if (last && !isFulfilled(last.phase)) {
      attempt(attempts.length - 1);
      last = op.get(last.id) ?? last;
      if (!isFulfilled(last.phase)) return { node };
    }
    if (last) {
      const decision = decide(op, strategy, op.attempts(node), last);
      if ("end" in decision) {
        node = op.update(node, { outputs: last.outputs });
        return { node: op.mark(node, decision.end, decision.message) };
      }
      if ("wait" in decision) {
        op.wake(decision.until);
        return { node: op.mark(node, node.phase, `Backoff for ${humanDuration(decision.wait)}`) };
      }
      until = decision.until;
      node = op.mark(node, node.phase, "");
      // One new attempt per pass: attempts that end at once, without a limit, would never end the pass.
      if (hasBegun) {
        op.wake(op.now.getTime() + 1000);
        return { node };
      }
    }
    if (!mayBegin(op, frame.boundary, within)) return { node };
    hasBegun = true;
    const next = op.attempts(node).length;
    attempt(next);
    if (op.attempts(node).length === next) return { node };
  }
}
