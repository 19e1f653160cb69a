// The month's costs as an SVG: a bar a day, of what each tenant's workloads cost that ended on it; a panel a currency.
import type { CostReport, DayCost } from "@agentic/api/cost-report.ts";
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Colours that people with any colour vision tell apart (Okabe and Ito); the last is for all other tenants. */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#b2a400", "#888888"];
const OTHERS = "others";
const WIDTH = 960;
const PANEL = 360;

/** The picture's text. */
export function costPlot({ month, days }: CostReport): string {
  const currencies = [...new Set(days.map(({ currency }) => currency))].sort();
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: PANEL * currencies.length });
  try {
    const panels = currencies.map((currency) => panelOf(days.filter((day) => day.currency === currency)));
    const dates = datesOf(month);
    chart.setOption({
      animation: false,
      backgroundColor: "#fff",
      color: COLOURS,
      title: currencies.map((currency, i) => ({
        text: `Cost of workloads by the day of their end, ${month} (UTC), ${currency}`,
        textStyle: { fontSize: 14 },
        left: 16,
        top: i * PANEL + 12,
      })),
      legend: panels.map((panel, i) => ({
        data: panel.map(({ name }) => name),
        left: 16,
        top: i * PANEL + 38,
        itemGap: 24,
      })),
      grid: panels.map((_, i) => ({ left: 90, right: 24, top: i * PANEL + 76, height: PANEL - 120 })),
      xAxis: panels.map((_, i) => ({ type: "category", gridIndex: i, data: dates.map((date) => date.slice(8)) })),
      yAxis: panels.map((_, i) => ({ type: "value", gridIndex: i })),
      series: panels.flatMap((panel, i) =>
        panel.map(({ name, amounts }, index) => ({
          type: "bar" as const,
          name,
          color: name === OTHERS ? COLOURS.at(-1) : COLOURS[index],
          stack: currencies[i],
          xAxisIndex: i,
          yAxisIndex: i,
          data: dates.map((date) => amounts.get(date) ?? 0),
        })),
      ),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** Tenants with what they cost on each day, those that cost most first; the small ones together. */
function panelOf(days: readonly DayCost[]): { name: string; amounts: Map<string, number> }[] {
  const totals = new Map<string, number>();
  for (const { tenant, amount } of days) totals.set(tenant, (totals.get(tenant) ?? 0) + Number(amount));
  const tenants = [...totals].sort(([, a], [, b]) => b - a).map(([tenant]) => tenant);
  const own = tenants.length > COLOURS.length ? tenants.slice(0, COLOURS.length - 1) : tenants;
  const names = own.length < tenants.length ? [...own, OTHERS] : own;
  return names.map((name) => {
    const amounts = new Map<string, number>();
    for (const { day, tenant, amount } of days)
      if ((own.includes(tenant) ? tenant : OTHERS) === name)
        amounts.set(day, (amounts.get(day) ?? 0) + Number(amount) / 1e9);
    return { name, amounts };
  });
}

function datesOf(month: string): string[] {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length: count }, (_, i) => `${month}-${String(i + 1).padStart(2, "0")}`);
}
