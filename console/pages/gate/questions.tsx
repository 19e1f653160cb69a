// What was asked back at a gate, with the replies, and a field for the reply of who may give it.
import { MAX_REASON } from "@agentic/api/limits.ts";
import { openQuestions } from "@agentic/api/questions.ts";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { type GateView, PATHS, type ReplyRequest } from "../../contract.ts";
import { Problem } from "../parts/states.tsx";
import { Moment } from "../parts/time.tsx";
import { call } from "../state/api.ts";
import { forgetDraft, useDraft } from "../state/draft.ts";

interface Props {
  gate: GateView;
  /** The gate after the reply. */
  onReplied: (gate: GateView) => void;
}

export function Questions({ gate, onReplied }: Props): JSX.Element | null {
  const { questions, you, open } = gate;
  if (questions.length === 0) return null;
  const isOpen = open && openQuestions(questions).length > 0;
  return (
    <section class="panel" aria-labelledby="questions">
      <header>
        <h2 id="questions">Questions</h2>
      </header>
      <div class="inside stack">
        <ul class="answers">
          {questions.map(({ question, by, at, reply, repliedBy }) => (
            <li key={`${by} ${at}`} class={reply === undefined ? "wait" : "good"}>
              <p>
                <strong>{by}</strong> asks{" "}
                <span class="faint small">
                  <Moment at={at} />
                </span>
              </p>
              <p>{question}</p>
              {reply === undefined ? (
                <p class="faint">Nobody has replied yet.</p>
              ) : (
                <p>
                  <strong>{repliedBy}</strong> replies: {reply}
                </p>
              )}
            </li>
          ))}
        </ul>
        {isOpen && you.reply.may && <Reply key={gate.uid} gate={gate} onReplied={onReplied} />}
      </div>
    </section>
  );
}

function Reply({ gate: { namespace, name, uid }, onReplied }: Props): JSX.Element {
  const key = `reply/${uid}`;
  const reply = useDraft(key, () => "");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const id = useId();
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    const body: ReplyRequest = { reply: reply.value.trim(), uid };
    try {
      onReplied(await call<GateView>(PATHS.reply(namespace, name), { method: "POST", body }));
      forgetDraft(key);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <form class="stack" onSubmit={send}>
      {error !== undefined && <Problem error={error} />}
      <div class="field">
        <label for={id}>Reply</label>
        <textarea
          id={id}
          maxLength={MAX_REASON}
          required
          value={reply.value}
          onInput={(event) => {
            reply.value = event.currentTarget.value;
          }}
        />
      </div>
      <button type="submit" class="button primary" disabled={busy || reply.value.trim() === ""}>
        Reply
      </button>
    </form>
  );
}
