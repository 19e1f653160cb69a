// The front as a container beside Browserless: its program in a ConfigMap, run by the Node of Browserless' image.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { images } from "../../images.ts";
import { hardenedContainer, probes, secretVolume } from "../../security/pod.ts";
import type { Limits } from "./front/shares.ts";

/** What a tenant asks for browsers with; it may have two. */
export interface TenantToken {
  tenant: string;
  token: pulumi.Input<string>;
}

/** Port of the metrics, which tenants don't reach. */
export const frontMetricsPort = 9464;

/** Where both containers have the programs. */
export const programFolder = "/etc/front";
/** Where the front finds a file for each browser that took more than its share of memory. */
export const endedFolder = "/run/browsers";
export const endedVolume = "ended";
const secretFolder = "/etc/secrets/browserless";
/** A package of the image that has WebSockets, whichever release of `ws` lies beside it. */
const socketsOf = "/usr/src/app/node_modules/puppeteer-core/";

/** The program's files. */
export function frontFiles(): Record<string, string> {
  const folder = join(import.meta.dirname, "front");
  const names = globSync("*.ts", { cwd: folder }).sort();
  const files = names.map((name) => [name, readFileSync(join(folder, name), "utf8")]);
  return { ...Object.fromEntries(files), "package.json": JSON.stringify({ type: "module" }) };
}

/** What both containers are told of the MiB that a browser may take. */
export const limitEnvironment = (memory: number): Record<string, string> => ({
  BROWSER_MEMORY: String(memory * 2 ** 20),
  ENDED_BROWSERS: endedFolder,
});

/** What the front differs in. */
interface FrontArgs {
  image: string;
  limits: Limits;
  /** Of a browser's memory. */
  limit: Record<string, string>;
  browserUrl: string;
}

/** The container. */
export function front({ image, limits, limit, browserUrl }: FrontArgs) {
  const { http } = images.browserless.ports;
  const env = {
    PORT: http,
    METRICS_PORT: frontMetricsPort,
    BROWSER_URL: browserUrl,
    SECRETS: secretFolder,
    WS_OF: socketsOf,
    CONCURRENCY: limits.concurrency,
    TENANT_CONCURRENCY: limits.tenantConcurrency,
    QUEUE: limits.queue,
    ...limit,
  };
  return hardenedContainer({
    name: "front",
    image,
    command: ["node", `${programFolder}/main.ts`],
    env: Object.entries(env).map(([name, value]) => ({ name, value: String(value) })),
    ports: [
      { name: "http", containerPort: http },
      { name: "metrics", containerPort: frontMetricsPort },
    ],
    resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
    ...probes({ tcpSocket: { port: "http" } }, { startSeconds: 60 }),
    volumeMounts: [
      { name: "front", mountPath: programFolder, readOnly: true },
      { name: "secrets", mountPath: secretFolder, readOnly: true },
      { name: endedVolume, mountPath: endedFolder, readOnly: true },
    ],
  });
}

/** What the container mounts. */
export function frontVolumes({ program, secret }: Record<"program" | "secret", pulumi.Input<string>>) {
  return [{ name: "front", configMap: { name: program } }, secretVolume("secrets", secret)];
}
