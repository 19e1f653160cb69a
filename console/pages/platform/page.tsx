// The page Platform: health and version of each component, how long certificates hold, the gates that wait.
import "../style/overview.css";
import type { JSX } from "preact";
import { PATHS, type PlatformView } from "../../contract.ts";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { useTitle } from "../parts/title.ts";
import { useLoaded } from "../state/load.ts";
import { gates } from "../state/workloads.ts";
import { WorkloadTable } from "../workloads/table.tsx";
import { CertificateTable } from "./certificates.tsx";
import { ComponentTable } from "./components.tsx";

export function PlatformPage(): JSX.Element {
  useTitle("Platform");
  const { value, error, reload } = useLoaded<PlatformView>(PATHS.platform);
  return (
    <div class="stack">
      <div class="heading">
        <h1 class="spread">Platform {value?.version && <span class="faint">{value.version}</span>}</h1>
        {value && (
          <button type="button" class="button" onClick={reload}>
            Look again
          </button>
        )}
      </div>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {error === undefined && !value && <Loading what="the platform" />}
      {value && (
        <>
          <section class="panel" aria-labelledby="components">
            <header>
              <h2 id="components">Components</h2>
              <span class="faint" role="status">
                {healthWords(value.components)}
              </span>
            </header>
            <div class="inside">
              <ComponentTable components={value.components} />
            </div>
          </section>
          <section class="panel" aria-labelledby="certificates">
            <header>
              <h2 id="certificates">Certificates</h2>
            </header>
            <div class="inside">
              <CertificateTable certificates={value.certificates} />
            </div>
          </section>
          <h2>Gates that wait, the longest first</h2>
          {gates.value.length === 0 ? (
            <Empty title="No gate of your tenants waits" />
          ) : (
            <WorkloadTable rows={gates.value} />
          )}
        </>
      )}
    </div>
  );
}

function healthWords(components: PlatformView["components"]): string {
  if (!components) return "";
  const bad = components.filter(({ ready, wanted }) => ready < wanted).length;
  return bad === 0
    ? `all ${components.length} are ready`
    : `${bad} of ${components.length} ${bad === 1 ? "isn't" : "aren't"} ready`;
}
