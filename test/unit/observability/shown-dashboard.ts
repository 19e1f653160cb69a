// A dashboard with a panel of each kind, and of each state that a panel can be in.
import type { Shown } from "../../../embedded/dashboards/prometheus.ts";

/** Ten times, of which the first three are before the platform; `name` is a tenant's. */
export function shown(name: string): Shown {
  const times = Array.from({ length: 10 }, (_, index) => 1_700_000_000 + index * 30);
  const line = (of: string, factor: number) => ({
    name: of,
    values: times.map((_, index) => (index < 3 ? null : index * factor)),
  });
  const panel = { description: "What it says.", unit: "s", place: { x: 0, y: 0, w: 12, h: 8 } };
  return {
    id: "agentic-shown",
    title: "Shown",
    description: "All that there can be.",
    times,
    panels: [
      { ...panel, id: 1, kind: "row", title: "Row", lines: [] },
      { ...panel, id: 2, kind: "stat", title: "One number", lines: [line("seconds", 10)] },
      { ...panel, id: 3, kind: "stat", title: "Two numbers", lines: [line("a", 1), line(name, 2)] },
      { ...panel, id: 4, kind: "timeseries", title: "Lines", lines: [line("a", 1), line(name, 2)] },
      { ...panel, id: 5, kind: "timeseries", title: "Nothing", lines: [] },
      { ...panel, id: 6, kind: "timeseries", title: "Refused", lines: [], refused: "too many samples" },
    ],
  };
}
