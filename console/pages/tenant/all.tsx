// The page Tenants: those of the visitor, with what they may do in each and what goes on there.
import "../style/overview.css";
import { isFinal } from "@agentic/api/phases.ts";
import type { JSX } from "preact";
import { PAGES } from "../../contract.ts";
import { Empty } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { tenantName, tenants } from "../state/session.ts";
import { myGates, rows } from "../state/workloads.ts";
import { rightsWords } from "./rights.ts";

export function TenantsPage(): JSX.Element {
  useTitle("Tenants");
  const all = rows.value ?? [];
  return (
    <>
      <h1 class="heading">Tenants</h1>
      {tenants.value.length === 0 ? (
        <Empty title="You are a member of no tenant">
          <p>Whoever runs the platform adds members in the stack's config, under tenants[].members.</p>
        </Empty>
      ) : (
        <ul class="cards">
          {tenants.value.map((rights) => {
            const { namespace } = rights;
            const open = all.filter((row) => row.namespace === namespace && !isFinal(row.phase)).length;
            const waiting = myGates.value.filter((row) => row.namespace === namespace).length;
            return (
              <li key={namespace} class="panel inside-panel stack">
                <h2>
                  <a href={PAGES.tenant(namespace)}>{tenantName(namespace)}</a>
                </h2>
                <p class="faint">You may {rightsWords(rights)}.</p>
                <p>
                  {open === 1 ? "1 workload hasn't ended" : `${open} workloads haven't ended`}
                  {waiting > 0 && (
                    <>
                      , <a href={PAGES.inbox}>{waiting === 1 ? "1 gate waits" : `${waiting} gates wait`} for you</a>
                    </>
                  )}
                  .
                </p>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}
