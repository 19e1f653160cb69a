// The page of one gate: the evidence, who has answered, and the visitor's own answer, which is bound to what they are shown.
import "../style/gate.css";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { type GateView, PAGES, PATHS } from "../../contract.ts";
import { neighbours } from "../inbox/order.ts";
import { PhaseBadge } from "../parts/phase.tsx";
import { Loading, Problem } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { useLoaded } from "../state/load.ts";
import { tenantName } from "../state/session.ts";
import { myGates, rows } from "../state/workloads.ts";
import { Answer } from "./answer.tsx";
import { Findings } from "./findings.tsx";
import { People } from "./people.tsx";
import { Questions } from "./questions.tsx";
import { sameEvidence } from "./same-evidence.ts";
import { GateSummary } from "./summary.tsx";

export function GatePage(): JSX.Element {
  const { namespace = "", name = "" } = useRoute().params;
  return <Gate key={`${namespace}/${name}`} namespace={namespace} name={name} />;
}

function Gate({ namespace, name }: { namespace: string; name: string }): JSX.Element {
  useTitle(`Gate of ${name} in ${tenantName(namespace)}`);
  const { value, error, reload } = useLoaded<GateView>(PATHS.gate(namespace, name));
  const [shown, setShown] = useState<GateView>();
  const row = rows.value?.find((each) => each.namespace === namespace && each.name === name);
  // What of a list's row tells that the gate is another now, such as that somebody has answered.
  const mark = row && JSON.stringify([row.phase, row.says, row.suspended, row.gate, row.confidence]);
  useEffect(reload, [mark, reload]);
  useEffect(() => {
    if (value) setShown((before) => (before && value.open && !sameEvidence(before, value) ? before : value));
  }, [value]);

  if (!shown)
    return (
      <>
        <h1 class="heading">Gate of {name}</h1>
        {error === undefined ? <Loading what="the evidence" /> : <Problem error={error} retry={reload} />}
      </>
    );
  const isOther = value?.open && !sameEvidence(shown, value);
  return (
    <div class="stack">
      <div class="heading">
        <div class="spread">
          <p class="faint small">
            <a href={PAGES.inbox}>Inbox</a> / {tenantName(namespace)} /{" "}
            <a href={PAGES.workload(namespace, name)}>{name}</a>
          </p>
          <h1>
            Gate of {name} <PhaseBadge phase={shown.phase} />
          </h1>
        </div>
        <a class="button to-answer" href="#answer">
          To the answer
        </a>
        <Neighbours namespace={namespace} name={name} />
      </div>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {isOther && (
        <div class="notice bad" role="alert">
          <span class="spread">
            The evidence has changed since you opened the page. An answer to what you see is refused.
          </span>
          <button type="button" class="button" onClick={() => setShown(value)}>
            Show what is there now
          </button>
        </div>
      )}
      <div class="gate">
        <div class="stack">
          <GateSummary gate={shown} isBudget={row?.gate?.budget ?? false} />
          <Findings gate={shown} />
        </div>
        <aside class="stack" id="answer" aria-label="Answers">
          <Answer
            key={JSON.stringify([shown.uid, shown.evidence])}
            gate={shown}
            isChanged={isOther === true}
            onAnswered={setShown}
            onChanged={reload}
          />
          <Questions gate={shown} onReplied={setShown} />
          <People gate={shown} />
        </aside>
      </div>
    </div>
  );
}

/** The keys with Alt: a letter or arrow alone belongs to whoever reads the page by keyboard. */
function Neighbours({ namespace, name }: { namespace: string; name: string }): JSX.Element | null {
  const { route } = useLocation();
  const { previous, next } = neighbours(myGates.value, { namespace, name });
  const [back, on] = [previous, next].map((row) => row && PAGES.gate(row.namespace, row.name));
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.altKey ? { PageUp: back, PageDown: on }[event.key] : undefined;
      if (target === undefined) return;
      event.preventDefault();
      route(target);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [back, on, route]);
  if (!back && !on) return null;
  return (
    <nav class="row" aria-label="Gates that wait for you">
      {back && (
        <a class="button" href={back} aria-keyshortcuts="Alt+PageUp" title="Alt+Page Up">
          Previous gate
        </a>
      )}
      {on && (
        <a class="button" href={on} aria-keyshortcuts="Alt+PageDown" title="Alt+Page Down">
          Next gate
        </a>
      )}
    </nav>
  );
}
