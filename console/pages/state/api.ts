// Calls of the console's own API: a refusal is an Error that says what to do; where the session has ended, a call waits for the next.
import { signal } from "@preact/signals";
import { CSRF_HEADER, type ErrorBody } from "../../contract.ts";

/** What the server has refused, or that it couldn't be reached (status 0). */
export class Refusal extends Error {
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** Whether the session has ended under the page: it asks to sign in again, over what is there. */
export const sessionLost = signal(false);

const AWAY: ErrorBody = {
  code: "unavailable",
  message: "The console can't be reached.",
  advice: "It is tried again by itself; what you have typed stays.",
};

interface CallOptions {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
}

/** The response of a call. Throws a {@link Refusal}; of a session that has ended, only where `patient` is false. */
export async function request(path: string, options: CallOptions = {}, patient = true): Promise<Response> {
  const { method = "GET", body, signal: abort } = options;
  const headers: Record<string, string> = {
    ...(method === "GET" ? {} : { [CSRF_HEADER]: "1" }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const response = await fetch(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(abort ? { signal: abort } : {}),
  }).catch((error: Error) => {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, AWAY);
  });
  if (response.ok) return response;
  if (response.status === 401 && patient) {
    await signedInAgain();
    return await request(path, options, false);
  }
  throw new Refusal(response.status, await bodyOf(response));
}

/** What a call answers, as JSON. */
export async function call<T>(path: string, options?: CallOptions, patient?: boolean): Promise<T> {
  const response = await request(path, options, patient);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A server that isn't ours, such as a proxy, answers without an {@link ErrorBody}. */
async function bodyOf(response: Response): Promise<ErrorBody> {
  const body = (await response.json().catch(() => undefined)) as Partial<ErrorBody> | undefined;
  const {
    message = `The server answers ${response.status} ${response.statusText}.`,
    code = "refused",
    ...rest
  } = body ?? {};
  return { ...rest, code, message };
}

/** Asks the visitor to sign in again, and waits until that is done. */
function signedInAgain(): Promise<void> {
  sessionLost.value = true;
  return new Promise((resolve) => {
    const stop = sessionLost.subscribe((lost) => {
      if (lost) return;
      resolve();
      // Not at once: where it is called first, `stop` has no value yet.
      queueMicrotask(() => stop());
    });
  });
}

/** An error in words for people, with what to do about it. */
export function wordsOf(error: unknown): { message: string; advice?: string | undefined } {
  if (error instanceof Refusal) return { message: error.message, advice: error.body.advice };
  return { message: error instanceof Error ? error.message : String(error) };
}
