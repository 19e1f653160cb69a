// A question to the model with its answer, kept beside a run's artifacts: with it the run can be replayed without the model.
import { createHash } from "node:crypto";

/** JSON at `exchangeKey()` below the job's prefix. */
export interface Exchange {
  /** {@link digestOfQuestion}. */
  question: string;
  /** Name of the schema that the answer must satisfy, such as `page_judgement`. */
  name: string;
  /** What the question is about: "page 2". */
  what: string;
  /** Milliseconds until the answer was there, with waiting and retries. */
  ms: number;
  /** The completion as the gateway gave it. */
  completion: unknown;
}

/** SHA-256 of the request's body, as 32 hex digits: the same for the same model, prompts, pictures and schema. */
export function digestOfQuestion(request: object): string {
  return createHash("sha256").update(JSON.stringify(request)).digest("hex").slice(0, 32);
}
