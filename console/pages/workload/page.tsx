// The page of one workload, live: its run as a picture, what has happened, its report, logs, artifacts and cost.
import "../style/workload.css";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { PATHS, type WorkloadEvents, type WorkloadRow, type WorkloadView } from "../../contract.ts";
import { PhaseBadge } from "../parts/phase.tsx";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { useTitle } from "../parts/title.ts";
import { listen } from "../state/live.ts";
import { useLoaded } from "../state/load.ts";
import { tenantName } from "../state/session.ts";
import { Actions } from "./actions.tsx";
import { Artifacts } from "./artifacts.tsx";
import { CostTable } from "./cost.tsx";
import { Dag } from "./dag.tsx";
import { Logs } from "./logs.tsx";
import { Report } from "./report.tsx";
import { Story } from "./story.tsx";
import { Summary } from "./summary.tsx";
import { Timeline } from "./timeline.tsx";

const TABS = {
  story: "Story",
  report: "Report",
  timeline: "Timeline",
  logs: "Logs",
  artifacts: "Artifacts",
  cost: "Cost",
};

export function WorkloadPage(): JSX.Element {
  const { params } = useRoute();
  const { namespace = "", name = "" } = params;
  return <Live key={`${namespace}/${name}`} namespace={namespace} name={name} />;
}

function Live({ namespace, name }: { namespace: string; name: string }): JSX.Element {
  const { value, error, reload } = useLoaded<WorkloadView>(PATHS.workload(namespace, name));
  const [live, setLive] = useState<WorkloadView>();
  const [deleted, setDeleted] = useState(false);
  const found = value !== undefined;
  useTitle(`${name} in ${tenantName(namespace)}`);
  useEffect(() => {
    if (!found) return;
    return listen<WorkloadEvents>(PATHS.workloadStream(namespace, name), {
      view: setLive,
      deleted: () => setDeleted(true),
    });
  }, [found, namespace, name]);
  const view = live ?? value;
  if (error !== undefined)
    return (
      <div class="stack">
        <h1>{name}</h1>
        <Problem error={error} retry={reload} />
      </div>
    );
  if (!view) return <Loading what={name} />;
  return (
    <>
      {deleted && <p class="notice wait">It has been deleted: this is how it was last.</p>}
      <Content view={view} />
    </>
  );
}

function Content({ view }: { view: WorkloadView }): JSX.Element {
  const { query, path, route } = useLocation();
  const [step, setStep] = useState<string>();
  const { row, workload, nodes, conditions, events } = view;
  const { namespace, name } = row;
  const wish = query.tab ?? "";
  const tab = wish in TABS ? wish : row.phase === "Completed" ? "report" : "story";
  const choose = (next: string) => route(`${path}?tab=${next}`, true);
  const total = workload.status?.artifacts?.total ?? 0;
  return (
    <div class="stack">
      <div class="heading">
        <div class="spread">
          <p class="faint small">
            <a href="/">Workloads</a> /{" "}
            <a href={`/?tenant=${encodeURIComponent(namespace)}`}>{tenantName(namespace)}</a>
          </p>
          <h1>
            {name} <PhaseBadge phase={row.phase} suspended={row.suspended} />
          </h1>
        </div>
        <Actions view={view} />
      </div>
      <Summary view={view} />
      {nodes.length > 0 ? (
        <Dag
          nodes={nodes}
          chosen={step}
          onChoose={(next) => {
            setStep(next);
            choose("logs");
          }}
        />
      ) : (
        <Empty title={withoutNodes(row)} />
      )}
      <Tabs label="About the workload" tabs={TABS} chosen={tab} onChoose={choose}>
        {tab === "story" && <Story conditions={conditions} events={events} />}
        {tab === "report" && <Report namespace={namespace} name={name} total={total} urls={workload.spec.targetUrls} />}
        {tab === "timeline" && <Timeline nodes={nodes} />}
        {tab === "logs" && <Logs namespace={namespace} name={name} nodes={nodes} step={step} />}
        {tab === "artifacts" && <Artifacts namespace={namespace} name={name} total={total} />}
        {tab === "cost" && <CostTable cost={workload.status?.cost} />}
      </Tabs>
    </div>
  );
}

function withoutNodes({ startedAt, completedAt }: WorkloadRow): string {
  if (startedAt) return "Its run isn't kept any more";
  return completedAt ? "It has had no run" : "Its run hasn't started yet";
}
