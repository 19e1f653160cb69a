// The page of one tenant: its quota in use, what is open, its members and rules, what it has cost.
import "../style/overview.css";
import { PHASES } from "@agentic/api/phases.ts";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useRoute } from "preact-iso";
import { PAGES, PATHS, type TenantView } from "../../contract.ts";
import { phaseWords } from "../parts/phase.tsx";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { useLoaded } from "../state/load.ts";
import { tenantName } from "../state/session.ts";
import { rows } from "../state/workloads.ts";
import { WorkloadTable } from "../workloads/table.tsx";
import { BudgetMeters } from "./budget.tsx";
import { Members } from "./members.tsx";
import { QuotaMeters } from "./quota.tsx";
import { rightsWords } from "./rights.ts";

export function TenantPage(): JSX.Element {
  const { namespace = "" } = useRoute().params;
  return <Tenant key={namespace} namespace={namespace} />;
}

function Tenant({ namespace }: { namespace: string }): JSX.Element {
  useTitle(`Tenant ${tenantName(namespace)}`);
  const { value, error, reload } = useLoaded<TenantView>(PATHS.tenant(namespace));
  // What is used and what it has cost change with the workloads, of which the page hears anyway.
  const mark = (rows.value ?? [])
    .filter((row) => row.namespace === namespace)
    .map(({ uid, phase }) => `${uid}${phase}`);
  const marks = mark.join();
  useEffect(reload, [marks, reload]);
  return (
    <div class="stack">
      <div class="heading">
        <div class="spread">
          <p class="faint small">
            <a href={PAGES.tenants}>Tenants</a>
          </p>
          <h1>{tenantName(namespace)}</h1>
        </div>
        {value?.rights.submit && (
          <a class="button primary" href={`${PAGES.start}?tenant=${encodeURIComponent(namespace)}`}>
            Start a workload
          </a>
        )}
      </div>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {error === undefined && !value && <Loading what="the tenant" />}
      {value && <Content view={value} />}
    </div>
  );
}

function Content({ view }: { view: TenantView }): JSX.Element {
  const { namespace, rights, quota, members, rules, counts, queue, cost, budget } = view;
  return (
    <>
      <p>You may {rightsWords(rights)} here.</p>
      <div class="cards">
        <section class="panel" aria-labelledby="quota">
          <header>
            <h2 id="quota">Quota in use</h2>
          </header>
          <div class="inside">
            <QuotaMeters quota={quota} />
          </div>
        </section>
        <section class="panel" aria-labelledby="budget">
          <header>
            <h2 id="budget">Budget of the month</h2>
          </header>
          <div class="inside stack">
            <BudgetMeters budget={budget} />
          </div>
        </section>
        <section class="panel" aria-labelledby="members">
          <header>
            <h2 id="members">Members</h2>
          </header>
          <div class="inside">
            <Members members={members} />
          </div>
        </section>
        <section class="panel" aria-labelledby="gates">
          <header>
            <h2 id="gates">Gates and cost</h2>
          </header>
          <dl class="inside facts">
            <dt>Rules</dt>
            <dd>
              {rules === null && "You may not read them."}
              {rules?.length === 0 && "One approver, whoever submitted it."}
              {rules?.map((rule) => (
                <div key={rule}>{rule}</div>
              ))}
            </dd>
            <dt>Cost</dt>
            <dd>
              {cost.length === 0
                ? "nothing measured yet"
                : cost.map(({ currency, total }) => `${total} ${currency}`).join(", ")}
              {cost.length > 0 && (
                <>
                  {" for "}
                  <a href={`/?${new URLSearchParams({ tenant: namespace })}`}>the workloads that are still listed</a>
                </>
              )}
            </dd>
            <dt>Workloads</dt>
            <dd>
              {PHASES.filter((phase) => counts[phase] > 0).map((phase) => (
                <div key={phase}>
                  <a href={`/?${new URLSearchParams({ tenant: namespace, phase })}`}>
                    {counts[phase]} {phaseWords(phase).toLowerCase()}
                  </a>
                </div>
              ))}
              {PHASES.every((phase) => counts[phase] === 0) && "none"}
            </dd>
          </dl>
        </section>
      </div>
      <h2>Not ended yet, the oldest first</h2>
      {queue.length === 0 ? <Empty title="Everything has ended" /> : <WorkloadTable rows={queue} />}
    </>
  );
}
