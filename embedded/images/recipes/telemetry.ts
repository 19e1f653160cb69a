// The programs of telemetry: promtool, which checks rules and runs their tests.
import type { Program } from "../../node/compile.ts";
import { goProgram } from "./go.ts";

/** Release of Prometheus whose module go.mod pins. */
const version = "3.14.0";

/** The build of promtool, with the two ways of finding targets that the platform uses: each brings a client of its own. */
export function promtoolBuild(): Program {
  return { ...prometheusProgram("promtool"), tags: ["remove_all_sd", "enable_dns_sd", "enable_kubernetes_sd"] };
}

function prometheusProgram(name: string): Program {
  const ldflags = `-s -w -X github.com/prometheus/common/version.Version=${version}`;
  return { ...goProgram("prometheus", `github.com/prometheus/prometheus/cmd/${name}`, ldflags), name };
}
