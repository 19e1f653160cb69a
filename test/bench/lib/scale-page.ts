// The section of docs/scale.md and the plot of what `test/bench/scale.ts` measures.

/** A burst of workloads of one tenant. */
export interface Burst {
  size: number;
  /** From the first creation to the last Workflow. */
  workflowsSeconds: number;
  /** From the first creation to the last status that names its Workflow. */
  statusesSeconds: number;
  /** MiB of resident memory after it, and the highest so far. */
  memory: number;
  peak: number;
}

/** An operator that starts where workloads have finished. */
export interface Finished {
  count: number;
  readyMs: number;
  /** MiB of resident memory at rest, and the highest. */
  now: number;
  peak: number;
  /** Part of a processor that it takes at rest. */
  idleCpu: number;
}

/** All that the section shows. */
export interface Scale {
  bursts: readonly Burst[];
  finished: readonly Finished[];
  /** Milliseconds from workload to Workflow of a tenant beside another's burst. */
  single: { p50: number; p99: number };
  /** Jain's index of fifty tenants. */
  fairness: number;
}

/** First line of the operator's section, which is the page's last. */
export const SECTION_TITLE = "## The operator";

/** The operator's section of docs/scale.md. */
export function scaleSection({ bursts, finished, single, fairness }: Scale): string {
  const largest = bursts.at(-1)?.size ?? 0;
  return `${SECTION_TITLE}
On two cores that the API server, etcd, the policy engine, the operator and the load share; the operator runs as in its pod, with a small
young generation and a heap limit that follows from the pod's. Made by \`node test/bench/scale.ts\`. Memory is the operator's resident
memory; 57 MiB of it are pages of Node.js's own file, which the kernel can drop. Each burst has a cluster of its own, without an engine:
all its workloads run when the memory is read. The API server and etcd run with GOGC=400; the embedded node's API server has 200, with which
it takes 5.5 ms of a core for a workload instead of 4.7, and half of the memory.

| workloads at once | all Workflows after | Workflows a second | all statuses after | memory | highest |
|---:|---:|---:|---:|---:|---:|
${bursts.map((row) => `| ${number(row.size)} | ${row.workflowsSeconds.toFixed(1)} s | ${(row.size / row.workflowsSeconds).toFixed(0)} | ${row.statusesSeconds.toFixed(1)} s | ${row.memory.toFixed(0)} MiB | ${row.peak.toFixed(0)} MiB |`).join("\n")}

While one tenant has ${number(largest)} workloads waiting, a single workload of another tenant gets its Workflow after
${single.p50.toFixed(0)} ms (median) and ${single.p99.toFixed(0)} ms (99 of 100). Of fifty tenants that come at once, each gets its
turn: Jain's fairness index is ${fairness.toFixed(3)} when half of all Workflows are made.

| finished workloads | ready after the start | memory | highest | at rest |
|---:|---:|---:|---:|---:|
${finished.map((row) => `| ${number(row.count)} | ${(row.readyMs / 1000).toFixed(1)} s | ${row.now.toFixed(0)} MiB | ${row.peak.toFixed(0)} MiB | ${(row.idleCpu * 100).toFixed(1)} % of a core |`).join("\n")}

![Seconds and memory by the number of workloads](scale.svg)

The operator keeps of a finished workload its name, its version and when it is to be deleted, and of its Workflow whose it is.
The requests and limits in the profiles follow from these figures; of the limit, V8's heap may take five eighths.`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

interface Point {
  x: number;
  y: number;
}

interface Series {
  name: string;
  color: string;
  points: readonly Point[];
}

const size = { width: 760, height: 300, panel: 330, left: 50, top: 30, bottom: 40 };

/** docs/scale.svg: seconds of bursts on the left, memory by workloads on the right. */
export function scalePlot(bursts: readonly Burst[], finished: readonly Finished[]): string {
  const seconds: Series[] = [
    { name: "all Workflows", color: "#1b6ca8", points: bursts.map((b) => ({ x: b.size, y: b.workflowsSeconds })) },
    { name: "all statuses", color: "#d1495b", points: bursts.map((b) => ({ x: b.size, y: b.statusesSeconds })) },
  ];
  const memory: Series[] = [
    { name: "running", color: "#1b6ca8", points: bursts.map((b) => ({ x: b.size, y: b.memory })) },
    { name: "finished", color: "#3c8d53", points: finished.map((f) => ({ x: f.count, y: f.now })) },
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="11">
<title>Seconds and memory of the operator by the number of workloads</title>
<rect width="100%" height="100%" fill="#fff"/>
${panel(0, "Seconds by workloads at once", seconds)}
${panel(size.width / 2, "MiB of memory by workloads", memory)}
</svg>
`;
}

function panel(offset: number, title: string, series: readonly Series[]): string {
  const points = series.flatMap((row) => row.points);
  const [maxX, maxY] = [Math.max(1, ...points.map(({ x }) => x)), Math.max(1, ...points.map(({ y }) => y)) * 1.1];
  const width = size.panel - size.left;
  const height = size.height - size.top - size.bottom;
  const at = ({ x, y }: Point) => ({
    x: (offset + size.left + (x / maxX) * width).toFixed(1),
    y: (size.top + height - (y / maxY) * height).toFixed(1),
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const grid = ticks.flatMap((part) => {
    const { y } = at({ x: 0, y: part * maxY });
    const { x } = at({ x: part * maxX, y: 0 });
    return [
      `<line x1="${offset + size.left}" x2="${offset + size.panel}" y1="${y}" y2="${y}" stroke="#ddd"/>`,
      `<text x="${offset + size.left - 6}" y="${y}" text-anchor="end">${(part * maxY).toFixed(maxY < 10 ? 1 : 0)}</text>`,
      `<text x="${x}" y="${size.height - size.bottom + 16}" text-anchor="middle">${number(Math.round(part * maxX))}</text>`,
    ];
  });
  const lines = series.map(({ name, color, points: all }, i) => {
    const path = all.map((point) => Object.values(at(point)).join(",")).join(" ");
    const dots = all.map((point) => `<circle cx="${at(point).x}" cy="${at(point).y}" r="2.5" fill="${color}"/>`);
    const legend = `<text x="${offset + size.left + 8}" y="${size.top + 14 + i * 14}" fill="${color}">${name}</text>`;
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.5"/>${dots.join("")}${legend}`;
  });
  return [`<text x="${offset + size.left}" y="18" font-weight="bold">${title}</text>`, ...grid, ...lines].join("\n");
}
