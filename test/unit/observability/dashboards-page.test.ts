// The dashboards' page: which times it shows, how values read, and that nothing in it can become script.
import { expect, it, test } from "vitest";
import { filled } from "../../../components/observability/dashboards/panels.ts";
import { dashboardsPage } from "../../../embedded/dashboards/page.ts";
import { timesOf } from "../../../embedded/dashboards/prometheus.ts";
import { inUnit } from "../../../embedded/dashboards/units.ts";
import { shown } from "./shown-dashboard.ts";

it.each([
  [0, "short", "0"],
  [12_345, "short", "12.3 k"],
  [0.25, "short", "0.25"],
  [-5, "short", "-5"],
  [3, "ops", "3/s"],
  [0.9987, "percentunit", "99.9 %"],
  [0, "s", "0 s"],
  [0.25, "s", "250 ms"],
  [59, "s", "59 s"],
  [150, "s", "2.5 min"],
  [5400, "s", "1.5 h"],
  [172_800, "s", "2 d"],
  [0, "bytes", "0 B"],
  [1536, "bytes", "1.5 KiB"],
  [3 * 2 ** 30, "bytes", "3 GiB"],
  [2 ** 60, "bytes", "1050000 TiB"],
])("writes %s %s as %s", (value, unit, text) => {
  expect(inUnit(value, unit)).toBe(text);
});

it.each([
  [21_600, 30, { from: 978_390, to: 999_990, step: 90 }],
  [600, 30, { from: 999_390, to: 999_990, step: 30 }],
])("shows %i s of scrapes each %i s at times that all queries share", (seconds, interval, times) => {
  expect(timesOf(seconds, { now: 1_000_005, interval })).toEqual(times);
  expect((times.to - times.from) / times.step).toBeLessThanOrEqual(240);
});

test("what Grafana fills in is filled in", () => {
  const query = 'sum(rate(a{tenant=~"$tenant"}[$__rate_interval])) / increase(a[$__range])';
  expect(filled(query, { interval: "5m", range: "6h" })).toBe('sum(rate(a{tenant=~".*"}[5m])) / increase(a[6h])');
});

test("a name ends no element, and the page's policy names what is in it by its digest", async () => {
  const page = await dashboardsPage([shown("</script><script>alert(1)</script>")], new Date(0));
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page).not.toContain("alert(1)</script>");
  expect(page).toMatch(/default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+';/);
});
