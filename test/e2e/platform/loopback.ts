// What a part of telemetry answers on a port of this machine's loopback, its certificate checked.
import { request } from "node:https";
import { get, type KubeObject } from "../../../embedded/cli/cluster.ts";
import { networkOf } from "../../../embedded/node/instance.ts";
import { platform } from "./platform.ts";

/** Namespace of telemetry. */
export const space = "observability";

/** The instance's ports: the node's address has the instance's index in it. */
export const { metricsPort, tracesPort, consolePort } = networkOf(
  Number(new URL(platform.server).hostname.split(".")[2]),
);

const authorities = new Map<string, string>();

/** Reads the authority once: the API server may be busy. */
async function authorityOf(part: string): Promise<string> {
  const secret = await get<KubeObject>(platform, "secret", `${part}-tls`, space);
  return Buffer.from(secret?.data?.["ca.crt"] ?? "", "base64").toString();
}

/** The answer of a part of telemetry on that port. */
export async function answerOf(part: string, port: number, path: string): Promise<string> {
  const ca = authorities.get(part) ?? (await authorityOf(part));
  authorities.set(part, ca);
  return await new Promise<string>((resolve, reject) => {
    request({ host: "127.0.0.1", port, ca, path, timeout: 10_000 }, (answer) => {
      let body = "";
      answer.on("data", (data) => {
        body += data;
      });
      answer.on("end", () => resolve(body));
    })
      .on("error", reject)
      .end();
  });
}
