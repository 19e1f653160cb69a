// The page Start: a tenant, one of its templates, and the form that makes a workload of it.
import "../style/start.css";
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { PAGES, PATHS, type TemplateView } from "../../contract.ts";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { useLoaded } from "../state/load.ts";
import { tenantName, tenants } from "../state/session.ts";
import { Catalogue } from "./catalogue.tsx";
import { StartForm } from "./form.tsx";

const addressOf = (tenant: string, template?: string): string =>
  `${PAGES.start}?${new URLSearchParams({ tenant, ...(template ? { template } : {}) })}`;

export function StartPage(): JSX.Element {
  const { query, route } = useLocation();
  const mine = tenants.value.filter(({ submit }) => submit).map(({ namespace }) => namespace);
  const tenant = mine.find((each) => each === query.tenant) ?? mine[0];
  useTitle("Start a workload");
  if (tenant === undefined)
    return (
      <>
        <h1 class="heading">Start a workload</h1>
        <Empty title="You may submit workloads in no tenant">
          <p>Whoever runs the platform gives the role user, in the stack's config under tenants[].members.</p>
        </Empty>
      </>
    );
  return (
    <>
      <div class="heading">
        <h1 class="spread">Start a workload</h1>
        <label class="row">
          Tenant
          <select
            class="tenant"
            value={tenant}
            onChange={(event) => route(addressOf(event.currentTarget.value, query.template))}
          >
            {mine.map((each) => (
              <option key={each} value={each}>
                {tenantName(each)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Templates key={tenant} tenant={tenant} wish={query.template} />
    </>
  );
}

function Templates({ tenant, wish }: { tenant: string; wish: string | undefined }): JSX.Element {
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
        <Catalogue templates={value} addressOf={(name) => addressOf(tenant, name)} />
      </>
    );
  return (
    <div class="stack">
      <p>
        <a href={addressOf(tenant)}>All templates</a> / <strong>{template.title}</strong>
      </p>
      {template.description && <p class="faint">{template.description}</p>}
      <StartForm key={template.name} template={template} namespace={tenant} />
    </div>
  );
}
