// Dashboards ask only for what there is; every panel has a title, words, a unit, and names for its lines.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, test } from "vitest";
import { Dashboards } from "../../../components/observability/dashboard-config-maps.ts";
import { dashboards } from "../../../components/observability/dashboards/index.ts";
import { panelsOf, queriesOf, units } from "../../../components/observability/dashboards/panels.ts";
import { writeDashboards } from "../../../embedded/dashboards/files.ts";
import { nonEmpty } from "../../non-empty.ts";
import { inputsOfKind, mock, registeredBy } from "../gke/mocks.ts";
import { unknownIn } from "./known-metrics.ts";
import { asks } from "./promql.ts";

beforeAll(mock);

describe.each(nonEmpty(dashboards))("the dashboard $title", (dashboard) => {
  const panels = nonEmpty(panelsOf(dashboard)).filter(({ kind }) => kind !== "row");

  it.each(nonEmpty(queriesOf(dashboard)))("asks for metrics and labels that there are: $expr", ({ expr }) => {
    expect(unknownIn(expr)).toEqual([]);
  });

  it.each(nonEmpty(queriesOf(dashboard)))("names the lines of $expr by labels that they have", ({ expr, legend }) => {
    expect(legend).not.toBe("");
    const { grouping } = asks(expr);
    const ofSeries = /^slo:|\(?slo:/.test(expr) ? ["slo"] : [];
    for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g)) expect([...grouping, ...ofSeries]).toContain(label);
  });

  it("says what each panel is about, and in what unit", () => {
    for (const { title, description, unit } of panels) {
      expect(title).toMatch(/^[A-Z]/);
      expect(description, title).toMatch(/[.:].?$/);
      expect(Object.values(units), title).toContain(unit);
    }
    for (const field of ["title", "id"] as const)
      expect(new Set(panels.map((panel) => panel[field])).size).toBe(panels.length);
  });

  it("fits on Grafana's 24 columns, and takes its data from where the reader says", () => {
    for (const { place } of panels) expect(place.x + place.w).toBeLessThanOrEqual(24);
    const text = JSON.stringify(dashboard);
    expect(text).toContain('"uid":"${datasource}"');
    expect(dashboard.templating?.list?.map(({ name }) => name)).toContain("datasource");
  });
});

test("each dashboard is in a ConfigMap that Grafana's sidecar finds, under an id of its own", async () => {
  const all = await registeredBy(() => new Dashboards("d", { namespace: "observability" }));
  const maps = inputsOfKind(all, "ConfigMap");
  expect(maps).toHaveLength(dashboards.length);
  const ids = maps.flatMap(({ metadata, data }) => {
    expect(metadata).toMatchObject({ namespace: "observability", labels: { grafana_dashboard: "1" } });
    return Object.entries(data as Record<string, string>).map(([file, text]) => {
      const { uid } = JSON.parse(text) as { uid: string };
      expect(file).toBe(`${uid}.json`);
      expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
      return uid;
    });
  });
  expect(new Set(ids).size).toBe(dashboards.length);
});

test("each dashboard is a file, too", () => {
  const folder = join(mkdtempSync(join(tmpdir(), "dashboards-")), "out");
  writeDashboards(folder);
  expect(readdirSync(folder).sort()).toEqual(dashboards.map(({ uid }) => `${uid}.json`).sort());
  for (const file of readdirSync(folder))
    expect(dashboards.map((dashboard) => JSON.stringify(dashboard))).toContain(
      JSON.stringify(JSON.parse(readFileSync(join(folder, file), "utf8"))),
    );
  rmSync(folder, { recursive: true });
});
