// The page Workloads: all that the visitor may see, live, with search and filters that the address has.
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { PAGES } from "../../contract.ts";
import { Empty, Loading } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { now } from "../state/clock.ts";
import { tenants } from "../state/session.ts";
import { rows } from "../state/workloads.ts";
import { Filters } from "./filters.tsx";
import { addressOf, countByPhase, type Filter, filterOf, passing } from "./query.ts";
import { WorkloadTable } from "./table.tsx";

const distinct = (values: string[]): string[] => [...new Set(values)].sort();

export function WorkloadsPage(): JSX.Element {
  const { query, route } = useLocation();
  const filter = filterOf(query);
  const templates = useComputed(() => distinct((rows.value ?? []).map(({ template }) => template))).value;
  useTitle("Workloads");

  const all = rows.value;
  // Ages are as of now, but a list that moves by itself each second helps nobody: the time is not subscribed to.
  const others = passing(all ?? [], filter, now.peek());
  const shown = filter.phase ? others.filter(({ phase }) => phase === filter.phase) : others;
  const change = (next: Filter) => route(addressOf(next), true);
  const namespaces = tenants.value.filter(({ see }) => see).map(({ namespace }) => namespace);

  return (
    <>
      <div class="heading">
        <h1>Workloads</h1>
        <p class="faint" role="status">
          {all && (shown.length === all.length ? `${all.length}` : `${shown.length} of ${all.length}`)}
        </p>
      </div>
      <Filters
        filter={filter}
        onChange={change}
        tenants={namespaces}
        templates={templates}
        counts={countByPhase(others)}
      />
      {!all && <Loading what="workloads" />}
      {all?.length === 0 && <NoWorkloads tenants={namespaces.length} />}
      {all && all.length > 0 && shown.length === 0 && (
        <Empty title="None of them is such">
          <a href="/">Show all {all.length}</a>
        </Empty>
      )}
      {shown.length > 0 && <WorkloadTable rows={shown} />}
    </>
  );
}

const NoWorkloads = ({ tenants: count }: { tenants: number }): JSX.Element =>
  count === 0 ? (
    <Empty title="You are a member of no tenant">
      <p>Whoever runs the platform adds members in the stack's config, under tenants[].members.</p>
    </Empty>
  ) : (
    <Empty title="No workloads yet">
      <p>
        <a href={PAGES.start}>Start one</a> here, or by <code>npx agentic submit</code>.
      </p>
    </Empty>
  );
