// Values as people read them, by Grafana's names of units.

const SECOND_STEPS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
] as const;

/** A value in its unit, with three significant digits: `1.5 GiB`, `2.5 min`, `99.9 %`, `12 k`. */
export function inUnit(value: number, unit: string): string {
  if (unit === "percentunit") return `${digits(value * 100)} %`;
  if (unit === "s") return duration(value);
  if (unit === "bytes") return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
  const number = scaled(value, 1000, ["", "k", "M", "G"]);
  return unit === "ops" ? `${number}/s` : number;
}

function duration(seconds: number): string {
  const step = SECOND_STEPS.find(([size]) => Math.abs(seconds) >= size);
  if (step) return `${digits(seconds / step[0])} ${step[1]}`;
  return Math.abs(seconds) >= 1 || seconds === 0 ? `${digits(seconds)} s` : `${digits(seconds * 1000)} ms`;
}

function scaled(value: number, base: number, names: readonly string[]): string {
  const power = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(base));
  const step = Math.min(Math.max(power, 0), names.length - 1);
  return `${digits(value / base ** step)} ${names[step]}`.trim();
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
