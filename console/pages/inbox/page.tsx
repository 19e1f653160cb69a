// The page Inbox: the gates that wait for the visitor, over all their tenants, and those that wait for others.
import "../style/gate.css";
import type { JSX } from "preact";
import { Empty, Loading } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { tenants } from "../state/session.ts";
import { gates, myGates, rows } from "../state/workloads.ts";
import { GateList } from "./list.tsx";

export function InboxPage(): JSX.Element {
  const mine = myGates.value;
  const others = gates.value.filter((row) => !mine.includes(row));
  useTitle(mine.length > 0 ? `Inbox (${mine.length})` : "Inbox");
  const mayApprove = tenants.value.some(({ approve }) => approve);
  return (
    <div class="stack">
      <div class="heading">
        <h1>Inbox</h1>
        <p class="faint" role="status">
          {rows.value && `${mine.length} ${mine.length === 1 ? "gate waits" : "gates wait"} for you`}
        </p>
      </div>
      {!rows.value && <Loading what="gates" />}
      {rows.value && mine.length === 0 && (
        <Empty title="Nothing waits for you">
          <p>
            {mayApprove
              ? "A gate that asks for your answer comes here by itself."
              : "You are an approver in none of your tenants: whoever runs the platform names approvers."}
          </p>
        </Empty>
      )}
      {mine.length > 0 && <GateList rows={mine} label="Gates that wait for you" />}
      {others.length > 0 && (
        <section class="stack" aria-labelledby="others">
          <h2 id="others">Waiting for others</h2>
          <GateList rows={others} label="Gates that wait for others" />
        </section>
      )}
    </div>
  );
}
