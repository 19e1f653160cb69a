// The YAML that will be applied, and what the API server would say to it.
import type { JSX } from "preact";
import { Problem } from "../parts/states.tsx";
import type { Tried } from "./tried.ts";

interface Props {
  yaml: string;
  /** Whether something is missing yet, so that the API server isn't asked. */
  isIncomplete: boolean;
  tried: Tried;
}

export function Preview({ yaml, isIncomplete, tried: { result, error } }: Props): JSX.Element {
  return (
    <section class="panel" aria-labelledby="applied">
      <header>
        <h2 id="applied">What is applied</h2>
      </header>
      <div class="inside stack">
        <div role="status">
          {isIncomplete && <p class="notice">Something is missing yet: then the API server is asked.</p>}
          {!isIncomplete && !result && error === undefined && <p class="notice">Asking the API server …</p>}
          {!isIncomplete && result?.ok && <p class="notice good">The API server would take it.</p>}
          {!isIncomplete && result && !result.ok && (
            <div class="notice bad">
              <strong>The API server would refuse it: {result.error.message}</strong>
              {result.error.advice && <span>{result.error.advice}</span>}
              {result.error.causes && (
                <ul class="bullets">
                  {result.error.causes.map(({ field, message }) => (
                    <li key={`${field} ${message}`}>
                      {field}: {message}
                    </li>
                  ))}
                </ul>
              )}
            </div>
          )}
        </div>
        {!isIncomplete && error !== undefined && <Problem error={error} />}
        <pre class="yaml">{yaml}</pre>
        {result?.ok && (
          <details>
            <summary>With the defaults of the API server</summary>
            <pre class="yaml">{result.yaml}</pre>
          </details>
        )}
      </div>
    </section>
  );
}
