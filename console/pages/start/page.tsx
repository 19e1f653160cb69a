// The page Start: a tenant, one of its templates, and the form that makes a workload of it.
import "../style/start.css";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { PATHS, type TemplateView, type WorkloadView } from "../../contract.ts";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { useLoaded } from "../state/load.ts";
import { tenantName, tenants } from "../state/session.ts";
import { startAddress } from "./address.ts";
import { Catalogue } from "./catalogue.tsx";
import { StartForm } from "./form.tsx";

export function StartPage(): JSX.Element {
  const { query, route } = useLocation();
  const mine = tenants.value.filter(({ submit }) => submit).map(({ namespace }) => namespace);
  const tenant = mine.find((each) => each === query.tenant) ?? mine[0];
  const title = query.again ? `Run ${query.again} again` : "Start a workload";
  useTitle(title);
  if (tenant === undefined)
    return (
      <>
        <h1 class="heading">{title}</h1>
        <Empty title="You may submit workloads in no tenant">
          <p>Whoever runs the platform gives the role user, in the stack's config under tenants[].members.</p>
        </Empty>
      </>
    );
  return (
    <>
      <div class="heading">
        <h1 class="spread">{title}</h1>
        <label class="row">
          Tenant
          <select
            class="tenant"
            value={tenant}
            onChange={(event) => route(startAddress(event.currentTarget.value, query.template))}
          >
            {mine.map((each) => (
              <option key={each} value={each}>
                {tenantName(each)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {query.again ? (
        <RunAgain key={`${tenant}/${query.again}`} tenant={tenant} name={query.again} />
      ) : (
        <Templates key={tenant} tenant={tenant} wish={query.template} />
      )}
    </>
  );
}

function RunAgain({ tenant, name }: { tenant: string; name: string }): JSX.Element {
  const { value, error, reload } = useLoaded<WorkloadView>(PATHS.workload(tenant, name));
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (!value) return <Loading what={name} />;
  const ref = templateRefOf(value.workload);
  if (ref.clusterScope)
    return (
      <Empty title={`${ref.name} is a template of the whole cluster`}>
        <p>
          There is a form for a tenant's own templates alone: <code>agentic resubmit {name}</code> runs it again with
          other values.
        </p>
      </Empty>
    );
  return <Templates tenant={tenant} wish={ref.name} before={value.workload} />;
}

interface TemplatesProps {
  tenant: string;
  wish: string | undefined;
  /** The workload that is run again. */
  before?: AgentWorkload;
}

function Templates({ tenant, wish, before }: TemplatesProps): JSX.Element {
  const { value, error, reload } = useLoaded<TemplateView[]>(`${PATHS.templates}?tenant=${encodeURIComponent(tenant)}`);
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (!value) return <Loading what="templates" />;
  if (value.length === 0)
    return (
      <Empty title={`${tenantName(tenant)} has no templates`}>
        <p>The stack installs the platform's; a team's own are WorkflowTemplates of the tenant's namespace.</p>
      </Empty>
    );
  const template = value.find(({ name }) => name === wish);
  if (!template)
    return (
      <>
        {wish !== undefined && (
          <p class="notice wait">
            {tenantName(tenant)} has no template {wish}.
          </p>
        )}
        <Catalogue templates={value} addressOf={(name) => startAddress(tenant, name)} />
      </>
    );
  return (
    <div class="stack">
      <p>
        <a href={startAddress(tenant)}>All templates</a> / <strong>{template.title}</strong>
      </p>
      {template.description && <p class="faint">{template.description}</p>}
      <StartForm key={template.name} template={template} namespace={tenant} {...(before ? { before } : {})} />
    </div>
  );
}
