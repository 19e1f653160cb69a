// Errors in words for people: what is wrong, and what to do next.
import { ApiError } from "@agentic/kube/client/api-error.ts";

/** What to do about a refusal with this HTTP status. */
const advice: Record<number, string> = {
  401: "the API server doesn't accept your credentials: sign in again, then try `kubectl auth whoami`",
  403: "see what you may do by `kubectl auth can-i --list -n <namespace>`; a tenant's roles are in docs/approvals.md",
  404: "see what there is by `agentic list`, in other namespaces by `agentic list -A`",
  409: "it has been changed or made meanwhile: look at it by `agentic show`, then try again",
  429: "the API server is busy, or a quota is used up: try again later",
};

const connectionCodes = ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"];

/** The error's message, and on a line of its own what to do, where that is known. */
export function explain(error: unknown): string {
  const { message, code = "" } = error as NodeJS.ErrnoException;
  if (error instanceof ApiError) {
    // The API server's own sentences for fields that are wrong, one a line.
    const causes = (error.body.details?.causes ?? []).map(({ field, message: why }) => `  ${field}: ${why}`);
    const lines = error.status === 422 && causes.length > 0 ? [message.split(": ")[0], ...causes] : [message];
    const next = error.message.includes("could not find the requested resource")
      ? "this cluster serves no AgentWorkloads: is the context the right one (`kubectl config current-context`)?"
      : advice[error.status];
    return [...lines, ...(next ? [next] : [])].join("\n");
  }
  if (connectionCodes.includes(code))
    return `the API server can't be reached: ${message || code}\nis the cluster up? \`make up\` starts the embedded one`;
  return message;
}
