// What the visitor may do with a workload: suspend, resume, run again, delete; each says what became of it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { type Created, PAGES, PATHS, type ResubmitRequest, type WorkloadView } from "../../contract.ts";
import { Dialog } from "../parts/dialog.tsx";
import { say } from "../parts/toast.tsx";
import { againAddress } from "../start/address.ts";
import { call, wordsOf } from "../state/api.ts";

export function Actions({ view: { row, rights } }: { view: WorkloadView }): JSX.Element | null {
  const { route } = useLocation();
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const { namespace, name, phase, suspended } = row;
  const ended = phase === "Completed" || phase === "Failed" || phase === "Denied";

  const act = async (action: () => Promise<void>) => {
    setBusy(true);
    await action().catch((error: unknown) => {
      const { message, advice } = wordsOf(error);
      say(advice ? `${message} ${advice}` : message, "bad");
    });
    setBusy(false);
  };
  const hold = (verb: "suspend" | "resume") =>
    act(async () => {
      await call(PATHS[verb](namespace, name), { method: "POST" });
      say(verb === "suspend" ? `${name} starts no further step until it is resumed.` : `${name} goes on.`);
    });
  const again = (as: ResubmitRequest["as"]) =>
    act(async () => {
      const body: ResubmitRequest = { as };
      const made = await call<Created>(PATHS.resubmit(namespace, name), { method: "POST", body });
      say(`${made.name} is submitted.`);
      route(PAGES.workload(made.namespace, made.name));
    });
  const remove = () =>
    act(async () => {
      setAsked(false);
      await call(PATHS.workload(namespace, name), { method: "DELETE" });
      say(`${name} is deleted; its artifacts stay.`);
      route("/");
    });

  if (!rights.submit && !rights.change) return null;
  return (
    <div class="row">
      {rights.change && !ended && (
        <button type="button" class="button" disabled={busy} onClick={() => hold(suspended ? "resume" : "suspend")}>
          {suspended ? "Resume" : "Suspend"}
        </button>
      )}
      {rights.submit && (phase === "Failed" || phase === "Denied") && (
        <button type="button" class="button" disabled={busy} onClick={() => again("retry")}>
          Retry
        </button>
      )}
      {rights.submit && (
        <button type="button" class="button" disabled={busy} onClick={() => again("resubmit")}>
          Run again
        </button>
      )}
      {rights.submit && (
        <a class="button" href={againAddress(namespace, name)}>
          Run again with changes …
        </a>
      )}
      {rights.change && (
        <button type="button" class="button danger" disabled={busy} onClick={() => setAsked(true)}>
          Delete …
        </button>
      )}
      {asked && (
        <Dialog title={`Delete ${name}?`} onClose={() => setAsked(false)}>
          <p>{ended ? "It goes with its run." : "It is ended, and goes with its run."} Its artifacts stay.</p>
          <div class="row">
            <button type="button" class="button danger" onClick={remove}>
              Delete
            </button>
            <button type="button" class="button" onClick={() => setAsked(false)}>
              Keep it
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
