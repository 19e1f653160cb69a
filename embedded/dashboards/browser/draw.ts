// Draws the dashboards in the browser: numbers as text, lines by uPlot.
import uPlot from "uplot";
import type { Shown, ShownPanel } from "../prometheus.ts";
import { inUnit } from "../units.ts";

/** Colours that people with any colour vision tell apart (Okabe and Ito), on light and dark ground. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#b2a400", "#888888"];
/** Pixels of one of Grafana's rows. */
const ROW = 34;

const { shown, at } = JSON.parse(document.getElementById("data")?.textContent ?? "") as { shown: Shown[]; at: string };
const dark = matchMedia("(prefers-color-scheme: dark)");
let plots: { plot: uPlot; place: HTMLElement }[] = [];

/** A new element with a class and text. */
function element<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function last(values: readonly (number | null)[]): number | undefined {
  return values.findLast((value) => value !== null) ?? undefined;
}

/** What a variable of the style sheet is on the present ground. */
function colourOf(variable: string): string {
  const probe = element("i");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function numbers({ lines, unit }: ShownPanel): HTMLElement {
  const list = element("div", "numbers");
  for (const { name, values } of lines) {
    const value = last(values);
    const row = element("p", "number", value === undefined ? "–" : inUnit(value, unit));
    if (lines.length > 1) row.append(" ", element("span", "", name));
    list.append(row);
  }
  return list;
}

function chart(panel: ShownPanel, times: readonly number[]): HTMLElement {
  const place = element("div", "chart");
  const stroke = colourOf("--faint");
  const grid = { stroke: colourOf("--line"), width: 1 };
  const axis = { stroke, grid, ticks: grid };
  const plot = new uPlot(
    {
      width: 300,
      height: panel.place.h * ROW - 110,
      cursor: { sync: { key: "time" } },
      scales: { y: { range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.05 : 1] } },
      axes: [axis, { ...axis, size: 72, values: (_, values) => values.map((value) => inUnit(value, panel.unit)) }],
      series: [
        { label: "time" },
        ...panel.lines.map(({ name }, index) => ({
          label: name,
          stroke: colours[index % colours.length] ?? stroke,
          dash: index < colours.length ? [] : [6, 3],
          width: 1.5,
          value: (_: uPlot, value: number | null) => (value === null ? "–" : inUnit(value, panel.unit)),
        })),
      ],
    },
    [[...times], ...panel.lines.map(({ values }) => values)],
    place,
  );
  plots.push({ plot, place });
  return place;
}

function content(panel: ShownPanel, { times }: Shown): HTMLElement {
  if (panel.refused) return element("p", "empty", `Prometheus refuses the query: ${panel.refused}`);
  if (!panel.lines.some(({ values }) => last(values) !== undefined))
    return element("p", "empty", "Nothing of the kind in this time.");
  return panel.kind === "stat" ? numbers(panel) : chart(panel, times);
}

function section(dashboard: Shown): HTMLElement {
  const board = element("section");
  board.id = dashboard.id;
  board.append(element("h2", "", dashboard.title), element("p", "", dashboard.description));
  const grid = element("div", "grid");
  for (const panel of dashboard.panels) {
    if (panel.kind === "row") {
      grid.append(element("h3", "", panel.title));
      continue;
    }
    const figure = element("figure");
    figure.style.setProperty("--columns", String(panel.place.w));
    const caption = element("figcaption");
    caption.append(element("strong", "", panel.title), element("span", "", panel.description));
    figure.append(caption, content(panel, dashboard));
    grid.append(figure);
  }
  board.append(grid);
  return board;
}

function fit(): void {
  for (const { plot, place } of plots) plot.setSize({ width: place.clientWidth, height: plot.height });
}

/** Draws all anew: colours of axes are the ground's. */
function draw(): void {
  for (const { plot } of plots) plot.destroy();
  plots = [];
  const header = element("header");
  const links = element("nav");
  for (const { id, title } of shown) {
    const link = element("a", "", title);
    link.href = `#${id}`;
    links.append(link);
  }
  header.append(element("h1", "", "Dashboards"), element("p", "", `As of ${new Date(at).toLocaleString()}`), links);
  const main = element("main");
  document.body.replaceChildren(header, main);
  for (const dashboard of shown) main.append(section(dashboard));
  fit();
}

draw();
addEventListener("resize", fit);
dark.addEventListener("change", draw);
