// The panels that dashboards are made of, each with its unit and a legend for every query.

import { ReduceDataOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** Units of Grafana's, by what is measured. */
export const units = {
  count: "short",
  seconds: "s",
  bytes: "bytes",
  perSecond: "ops",
  share: "percentunit",
  /** Of whatever currency the stack's prices are in. */
  money: "none",
  cores: "short",
} as const;
export type Unit = keyof typeof units;

/** What is asked, and the name of its lines. */
export interface Query {
  expr: string;
  /** Text with labels, such as `{{phase}}`. */
  legend: string;
}

export interface PanelArgs {
  title: string;
  /** What it says to somebody who sees it for the first time. */
  description: string;
  unit: Unit;
  queries: readonly [Query, ...Query[]];
}

/** Prometheus, as the person who looks chooses it. */
const datasource = { type: "prometheus", uid: "${datasource}" };
/** Columns of 24. */
const WIDTH = { graph: 12, number: 6 };
const HEIGHT = { graph: 8, number: 4 };

function targets({ queries }: PanelArgs): DataqueryBuilder[] {
  return queries.map(({ expr, legend }, index) =>
    new DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + index))
      .datasource(datasource),
  );
}

/** Lines over time. */
export function graph(args: PanelArgs): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .title(args.title)
    .description(args.description)
    .unit(units[args.unit])
    .min(0)
    .datasource(datasource)
    .targets(targets(args))
    .span(WIDTH.graph)
    .height(HEIGHT.graph);
}

/** The last value, large. */
export function number(args: PanelArgs): StatBuilder {
  return new StatBuilder()
    .title(args.title)
    .description(args.description)
    .unit(units[args.unit])
    .datasource(datasource)
    .targets(targets(args))
    .noValue("-")
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .span(WIDTH.number)
    .height(HEIGHT.number);
}

export interface DashboardArgs {
  /** Name of its file, and its id in Grafana, which links keep. */
  name: string;
  title: string;
  description: string;
  /** Label whose values can be chosen, and a metric that has it. */
  choice?: { label: string; metric: string };
  rows: Readonly<Record<string, readonly (TimeseriesBuilder | StatBuilder)[]>>;
}

/** A dashboard with rows of panels; in queries `$<label>` is what was chosen. */
export function dashboard({ name, title, description, choice, rows }: DashboardArgs) {
  const builder = new DashboardBuilder(title)
    .uid(`agentic-${name}`)
    .description(description)
    .tags(["agentic"])
    .timezone("browser")
    .refresh("1m")
    .time({ from: "now-6h", to: "now" })
    .readonly()
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"));
  if (choice)
    builder.withVariable(
      new QueryVariableBuilder(choice.label)
        .label(choice.label)
        .datasource(datasource)
        .query(`label_values(${choice.metric}, ${choice.label})`)
        .includeAll(true)
        .multi(true)
        .allValue(".*")
        .refresh(2),
    );
  let id = 1;
  for (const [row, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(row).id(id++));
    for (const panel of panels) builder.withPanel(panel.id(id++));
  }
  return builder.build();
}

/** The window that Grafana chooses by the scrape interval and the range that is shown. */
export const WINDOW = "$__rate_interval";

/** A panel as whoever isn't Grafana reads it. */
export interface Panel {
  id: number;
  kind: "row" | "stat" | "timeseries";
  title: string;
  description: string;
  /** Grafana's name of the unit. */
  unit: string;
  /** In columns of 24, and rows. */
  place: { x: number; y: number; w: number; h: number };
  queries: Query[];
}

/** A panel as Grafana's own types have it, which don't say what its kind decides. */
interface GrafanaPanel {
  id?: number;
  type: Panel["kind"];
  title?: string;
  description?: string;
  gridPos?: Panel["place"];
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { expr?: string; legendFormat?: string }[];
}

/** The panels of a dashboard in their order, rows' headings among them. */
export function panelsOf(board: ReturnType<typeof dashboard>): Panel[] {
  return ((board.panels ?? []) as GrafanaPanel[]).map((panel) => ({
    id: panel.id ?? 0,
    kind: panel.type,
    title: panel.title ?? "",
    description: panel.description ?? "",
    unit: panel.fieldConfig?.defaults.unit ?? "",
    place: panel.gridPos ?? { x: 0, y: 0, w: 24, h: 1 },
    queries: (panel.targets ?? []).map(({ expr = "", legendFormat = "" }) => ({ expr, legend: legendFormat })),
  }));
}

/** The queries of a dashboard as Prometheus takes them, each over five minutes where the reader's window decides. */
export function queriesOf(board: ReturnType<typeof dashboard>): Query[] {
  const windows = { interval: "5m", range: "6h" };
  return panelsOf(board).flatMap(({ queries }) =>
    queries.map(({ expr, legend }) => ({ expr: filled(expr, windows), legend })),
  );
}

/** A query as Prometheus takes it: with windows such as `5m` for those that Grafana fills in, and everything chosen that can be. */
export function filled(query: string, { interval, range }: { interval: string; range: string }): string {
  return query.replaceAll("$__rate_interval", interval).replaceAll("$__range", range).replaceAll(/\$\w+/g, ".*");
}
