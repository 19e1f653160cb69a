// The visitor's answer: approve, deny with a reason, or ask the submitter first; sent with the digests of the evidence that is on the page.

import type { Changes } from "@agentic/api/changes.ts";
import { MAX_REASON } from "@agentic/api/limits.ts";
import type { JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { type DecisionRequest, type GateView, PATHS } from "../../contract.ts";
import { Problem } from "../parts/states.tsx";
import { say } from "../parts/toast.tsx";
import { call, Refusal } from "../state/api.ts";
import { forgetDraft, useDraft } from "../state/draft.ts";
import { changeFaults, filledIn } from "./change-faults.ts";
import { ChangeFields } from "./changes.tsx";
import { ruleOf } from "./rule.ts";

const DONE = { approve: "approved", deny: "denied", ask: "asked about" } as const;

interface Props {
  gate: GateView;
  /** Whether the evidence is another by now. */
  isChanged: boolean;
  /** The gate after the answer. */
  onAnswered: (gate: GateView) => void;
  /** Called where the server says that the gate is another by now. */
  onChanged: () => void;
}

export function Answer({ gate, isChanged, onAnswered, onChanged }: Props): JSX.Element {
  const { namespace, name, uid, evidence, open, you } = gate;
  const key = `gate/${uid}`;
  const reason = useDraft(key, () => "");
  const typed = useDraft<Changes>(`${key}/changes`, () => ({}));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [missing, setMissing] = useState<DecisionRequest["decision"]>();
  const field = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLElement>(null);
  const id = useId();

  const answer = async (decision: DecisionRequest["decision"]) => {
    const text = reason.value.trim();
    const isMissing = text === "" && decision !== "approve";
    setMissing(isMissing ? decision : undefined);
    if (isMissing) return field.current?.focus();
    const isFaulty = decision === "approve" && Object.keys(changeFaults(gate.changeable, typed.value)).length > 0;
    if (isFaulty) return form.current?.querySelector<HTMLElement>("fieldset [aria-invalid=true]")?.focus();
    setBusy(true);
    setError(undefined);
    const changes = gate.approvedWith?.changes ?? filledIn(typed.value);
    const body: DecisionRequest = {
      decision,
      reason: text,
      uid,
      evidence,
      ...(decision === "approve" ? { changes } : {}),
    };
    try {
      onAnswered(await call<GateView>(PATHS.gate(namespace, name), { method: "POST", body }));
      reason.value = "";
      typed.value = {};
      forgetDraft(key);
      forgetDraft(`${key}/changes`);
      say(`You have ${DONE[decision]} ${name}.`);
    } catch (failure) {
      setError(failure);
      if (failure instanceof Refusal && failure.status === 409) onChanged();
    }
    setBusy(false);
  };

  const may = you.approve.may || you.deny.may || you.ask.may;
  const refusals = [
    ...new Set([you.approve, you.deny].flatMap(({ may: is, why }) => (is || !why ? [] : [ruleOf(why)]))),
  ];
  return (
    <section class="panel" ref={form} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>Your answer</h2>
      </header>
      <div class="inside stack">
        {error !== undefined && <Problem error={error} />}
        {!open && <p class="faint">The gate asks nobody now.</p>}
        {open &&
          refusals.map((rule) => (
            <p key={rule} class="notice">
              {rule}
            </p>
          ))}
        {open && may && (
          <>
            <div class="field">
              <label for={`${id}-reason`}>Reason or question</label>
              <textarea
                id={`${id}-reason`}
                ref={field}
                maxLength={MAX_REASON}
                value={reason.value}
                aria-invalid={missing !== undefined}
                aria-describedby={`${id}-help`}
                onInput={(event) => {
                  reason.value = event.currentTarget.value;
                  setMissing(undefined);
                }}
              />
              <p id={`${id}-help`} class={missing ? "fault" : "help"}>
                {missing === "deny" && "A denial needs a reason: the submitter reads it."}
                {missing === "ask" && "What do you ask? The submitter reads it here and replies."}
                {!missing && "Recorded with your name. Needed to deny and to ask."}
              </p>
            </div>
            {you.approve.may && (
              <ChangeFields
                gate={gate}
                values={typed.value}
                onInput={(name, value) => {
                  typed.value = { ...typed.value, [name]: value };
                }}
              />
            )}
            <div class="row">
              <button
                type="button"
                class="button primary"
                disabled={busy || isChanged || !you.approve.may}
                onClick={() => answer("approve")}
              >
                Approve
              </button>
              <button
                type="button"
                class="button danger"
                disabled={busy || isChanged || !you.deny.may}
                onClick={() => answer("deny")}
              >
                Deny
              </button>
              {you.ask.may && (
                <button type="button" class="button" disabled={busy || isChanged} onClick={() => answer("ask")}>
                  Ask the submitter
                </button>
              )}
            </div>
          </>
        )}
      </div>
    </section>
  );
}
