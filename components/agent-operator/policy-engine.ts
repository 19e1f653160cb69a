// The policy engine beside the operator, with the policies that it answers by.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { images } from "../images.ts";
import { hardenedContainer } from "../security/pod.ts";

/** Port of its health and metrics. */
export const diagnosticPort = 8282;

/** OPA answers the operator alone, on loopback; its diagnostic port, which others reach, has health and metrics only. */
export const policyEngine = hardenedContainer({
  name: "opa",
  image: images.opa.ref,
  args: [
    "run",
    "--server",
    `--addr=127.0.0.1:${images.opa.ports.http}`,
    `--diagnostic-addr=0.0.0.0:${diagnosticPort}`,
    "--disable-telemetry",
    "--log-level=error",
    // A ConfigMap's volume has each file twice: the second time in a folder whose name starts with a dot.
    "--ignore=.*",
    "/policies",
  ],
  ports: [{ name: "diagnostics", containerPort: diagnosticPort }],
  resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
  readinessProbe: { httpGet: { path: "/health", port: "diagnostics" }, periodSeconds: 2 },
  livenessProbe: { httpGet: { path: "/health", port: "diagnostics" }, periodSeconds: 15, failureThreshold: 4 },
  volumeMounts: [{ name: "policies", mountPath: "/policies", readOnly: true }],
});

/** The policies by their files' names. */
export function regoFiles(): Record<string, string> {
  const folder = join(import.meta.dirname, "../../policy/opa");
  const names = readdirSync(folder).filter((file) => file.endsWith(".rego") && !file.endsWith("_test.rego"));
  return Object.fromEntries(names.sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
