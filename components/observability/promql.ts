// The few pieces of PromQL that rules, alerts and dashboards are made of.

/** Writes a selector of a metric, such as `up{job="minio"}`. */
export type Select = (metric: string, matchers?: string) => string;

/** Selectors that all have these matchers, too: of one cluster, where several keep their metrics in one place. */
export function selectWith(common = ""): Select {
  return (metric, matchers = "") => {
    const all = [common, matchers].filter(Boolean).join(",");
    return all ? `${metric}{${all}}` : metric;
  };
}

/**
 * What share of all is bad, per second over a window; 0 where nothing is bad, and nothing where there is nothing at all, since nothing can
 * be said of it.
 */
export const badShare = (bad: string, all: string): string => `(${bad} or vector(0)) / (${all} > 0)`;

/** What share of a histogram's observations is above a bound, which must be one of its buckets; Prometheus 3 writes whole numbers with `.0`. */
export function slowShare(
  of: Select,
  histogram: string,
  options: { seconds: number; window: string; matchers?: string },
) {
  const { seconds, window, matchers = "" } = options;
  const le = `le=~"${seconds}(\\\\.0)?"`;
  const within = of(`${histogram}_bucket`, [matchers, le].filter(Boolean).join(","));
  const all = of(`${histogram}_count`, matchers);
  return `1 - sum(rate(${within}[${window}])) / (sum(rate(${all}[${window}])) > 0)`;
}

/** A quantile of a histogram over a window, by labels. */
export function quantile(q: number, series: string, window: string, by: readonly string[] = []): string {
  return `histogram_quantile(${q}, sum by (${["le", ...by].join(", ")}) (rate(${series}[${window}])))`;
}
