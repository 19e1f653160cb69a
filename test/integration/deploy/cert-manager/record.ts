// Records what a real cert-manager makes of the cases: `node record.ts v1.21.1`, with KUBECONFIG of a cluster that it runs in.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../../../embedded/deploy/kubernetes/cluster.ts";
import { cases, namespace, refusals } from "./cases.ts";
import { factsOf } from "./facts.ts";

const kubectl = (args: string[], input?: object) =>
  execFileSync("kubectl", args, { encoding: "utf8", input: JSON.stringify(input), stdio: ["pipe", "pipe", "pipe"] });

kubectl(["create", "namespace", namespace]);
kubectl(["apply", "--server-side", "--validate=strict", "-f", "-"], { apiVersion: "v1", kind: "List", items: cases });
kubectl(["wait", "-n", namespace, "certificates", "--all", "--for=condition=Ready", "--timeout=120s"]);
const { items } = JSON.parse(kubectl(["get", "secrets", "-n", namespace, "-o", "json"])) as { items: KubeObject[] };
const lines = items.map((secret) => `${JSON.stringify(secret.metadata.name)}: ${JSON.stringify(factsOf(secret))}`);
writeFileSync(join(import.meta.dirname, "testdata", `${process.argv[2]}.json`), `{\n${lines.join(",\n")}\n}\n`);
for (const [field, wrong] of Object.entries(refusals))
  try {
    kubectl(["create", "--dry-run=server", "-f", "-"], wrong);
    console.error(`cert-manager takes ${wrong.metadata.name}, which was to be refused for ${field}`);
    process.exitCode = 1;
  } catch (error) {
    const { stderr } = error as { stderr: string };
    if (!stderr.includes(field)) throw error;
  }
kubectl(["delete", "namespace", namespace]);
