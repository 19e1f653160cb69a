// Every dashboard, as Grafana reads it.
import { engine } from "./engine.ts";
import { modelGateway } from "./model-gateway.ts";
import { platform } from "./platform.ts";
import { slo } from "./slo.ts";
import { tenants } from "./tenants.ts";
import { workload } from "./workload.ts";

export const dashboards = [platform, tenants, workload, engine, modelGateway, slo];
