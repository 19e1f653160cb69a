// The images of telemetry: Prometheus with promtool, Alertmanager, Jaeger, and the exporter of Postgres' metrics.
import { images } from "../../../components/images.ts";
import { ensureGoProgram } from "../../node/build.ts";
import type { Program } from "../../node/compile.ts";
import type { Progress } from "../../node/progress.ts";
import type { ImageSpec } from "../archive.ts";
import type { Bases } from "./bases.ts";
import { goProgram, programLayer } from "./go.ts";

/** Collects the metrics, keeps them, and answers queries. The module has no built web pages: its page for people is empty. */
export async function prometheus(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const server = await ensureGoProgram(prometheusBuild(), progress);
  const promtool = await ensureGoProgram(promtoolBuild(), progress);
  return {
    name: images.prometheus.ref,
    layers: [
      await bases.base(),
      await programLayer(server, "bin/prometheus"),
      await programLayer(promtool, "bin/promtool"),
    ],
    user: `${images.prometheus.uid}:${images.prometheus.uid}`,
    entrypoint: ["/bin/prometheus"],
    cmd: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
    expose: ["9090/tcp"],
    volumes: ["/prometheus"],
  };
}

/** Sends alerts on: grouped, once, to whom they are for. */
export async function alertmanager(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(alertmanagerBuild(), progress);
  return {
    name: images.alertmanager.ref,
    layers: [await bases.base(), await programLayer(program, "bin/alertmanager")],
    user: `${images.alertmanager.uid}:${images.alertmanager.uid}`,
    entrypoint: ["/bin/alertmanager"],
    cmd: ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"],
    expose: ["9093/tcp"],
    volumes: ["/alertmanager"],
  };
}

/** Keeps the traces and answers queries. The module has no built web pages: its page for people is a placeholder. */
export async function jaeger(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(jaegerBuild(), progress);
  return {
    name: images.jaeger.ref,
    layers: [await bases.base(), await programLayer(program, "cmd/jaeger/jaeger-linux")],
    user: `${images.jaeger.uid}:${images.jaeger.uid}`,
    entrypoint: ["/cmd/jaeger/jaeger-linux"],
    expose: ["4318/tcp", "16686/tcp"],
  };
}

/** Asks Postgres for its metrics. */
export async function sqlExporter(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(sqlExporterBuild(), progress);
  return {
    name: images.sqlExporter.ref,
    layers: [await bases.base(), await programLayer(program, "bin/sql_exporter")],
    user: `${images.sqlExporter.uid}:${images.sqlExporter.uid}`,
    entrypoint: ["/bin/sql_exporter"],
    expose: ["9399/tcp"],
  };
}

/** The build of Prometheus, with the two ways of finding targets that the platform uses: each brings a client of its own. */
export function prometheusBuild(): Program {
  return { ...prometheusProgram("prometheus"), tags: prometheusTags };
}

/** The build of promtool, which checks rules and runs their tests. */
export function promtoolBuild(): Program {
  return { ...prometheusProgram("promtool"), tags: prometheusTags };
}

/** The build of Alertmanager. */
export function alertmanagerBuild(): Program {
  const flags = versionFlags(tagOf(images.alertmanager.ref));
  return goProgram("alertmanager", "github.com/prometheus/alertmanager/cmd/alertmanager", flags);
}

/** The build of Jaeger, which is a main package of our own with the parts that the platform uses. */
export function jaegerBuild(): Program {
  return goProgram("jaeger", ".", `-s -w -X main.version=v${tagOf(images.jaeger.ref)}`);
}

/** The build of the exporter, which is a program of our own that reads the same configuration: upstream's module can't be had. */
export function sqlExporterBuild(): Program {
  return goProgram("sql-exporter", ".", `-s -w -X main.version=${tagOf(images.sqlExporter.ref)}`);
}

const prometheusTags = ["remove_all_sd", "enable_dns_sd", "enable_kubernetes_sd"] as const;

function prometheusProgram(name: string): Program {
  const flags = versionFlags(tagOf(images.prometheus.ref));
  return { ...goProgram("prometheus", `github.com/prometheus/prometheus/cmd/${name}`, flags), name };
}

/** The version in a reference's tag, without its `v`. */
const tagOf = (ref: string) => ref.replace(/^.*:v?/, "");

const versionFlags = (version: string) => `-s -w -X github.com/prometheus/common/version.Version=${version}`;
