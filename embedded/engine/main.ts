// The workflow engine as a program. Environment: KUBECONFIG, NAMESPACES (comma-separated; default all), METRICS_PORT,
// HEALTH_PORT, RUNTIME_CLASS (of every pod; default the cluster's), LOG_LEVEL,
// OTLP_LOGS_URL (a collector that takes its log; default none).
import { startEngine } from "./controller/engine.ts";

const namespaces = (process.env.NAMESPACES ?? "")
  .split(",")
  .map((name) => name.trim())
  .filter(Boolean);
const engine = await startEngine({
  namespaces,
  metricsPort: Number(process.env.METRICS_PORT ?? 9090),
  healthPort: Number(process.env.HEALTH_PORT ?? 6060),
  runtimeClass: process.env.RUNTIME_CLASS,
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    void engine.stop().then(() => process.exit(0));
  });
}
