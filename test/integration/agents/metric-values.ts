// Values of metrics as Prometheus reads them, in their text.

/** The value of a series, by its name with labels; NaN where there is none. */
export const valueIn = (metrics: string) => (series: string) =>
  Number(
    metrics
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.split(" ")[1],
  );

/** The sum of all series whose name with labels is like that. */
export const sumIn = (metrics: string) => (series: RegExp) =>
  metrics
    .split("\n")
    .filter((line) => series.test(line))
    .reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
