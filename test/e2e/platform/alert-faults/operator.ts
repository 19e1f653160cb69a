// Faults of the operator, one after the other as each needs what the next one takes: its policy engine and its certificate, its lease, its pods.
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { get, type KubeObject } from "../../../../embedded/cli/cluster.ts";
import { pair } from "../../../unit/certificates/authority.ts";
import { namespace, onePage, platform, start, workload } from "../platform.ts";
import { type Fault, gone, kube, patch } from "./fault.ts";

const { system, certManager } = NAMESPACES;
const tlsSecret = `${OPERATOR_NAME}-tls`;
const stuck = "alerts-stuck";
const DAY = 86_400_000;

const dataOf = async (name: string, space: string) =>
  (await get<KubeObject>(platform, "secret", name, space))?.data ?? {};
const decoded = (text = "") => Buffer.from(text, "base64").toString();
const encoded = (text: string) => Buffer.from(text).toString("base64");

/** Has OPA listen where the operator doesn't ask it, and waits for the operator's new pod. */
async function policyEngineAt(address: string): Promise<void> {
  const path = "/spec/template/spec/containers/1/args/2";
  const operations = JSON.stringify([{ op: "replace", path, value: `--addr=${address}` }]);
  await kube("patch", "-n", system, `deployment/${OPERATOR_NAME}`, "--type=json", "-p", operations);
  await kube("rollout", "status", "-n", system, `deployment/${OPERATOR_NAME}`, "--timeout=300s");
}

/** A certificate that ends within two days, and a policy engine that isn't asked: what is to start waits. */
function unanswered(): Fault {
  let before: Record<string, string> | undefined;
  return {
    alerts: ["policy-unavailable", "backlog-age", "certificate-ends"],
    begin: async () => {
      before = await dataOf(tlsSecret, system);
      const ca = await dataOf("agentic-platform-ca", certManager);
      const issuer = { certificate: decoded(ca["tls.crt"]), key: decoded(ca["tls.key"]) };
      const name = `${OPERATOR_NAME}.${system}`;
      const wish = { commonName: name, dnsNames: [name], notAfter: new Date(Date.now() + 2 * DAY) };
      const { certificate, key } = await pair(wish, issuer);
      const data = { "tls.crt": encoded(certificate), "tls.key": encoded(key) };
      await patch(system, `secret/${tlsSecret}`, { data });
      await policyEngineAt("127.0.0.1:8182");
      await start(workload(stuck, onePage));
    },
    end: async () => {
      if (!before) return;
      await patch(system, `secret/${tlsSecret}`, { data: before });
      await policyEngineAt("127.0.0.1:8181");
      await kube("delete", "agentworkload", "-n", namespace, "--ignore-not-found", "--wait=false", stuck);
    },
  };
}

/** Somebody else holds the lease. */
const leaseTaken: Fault = {
  alerts: ["no-leader"],
  begin: () =>
    patch(system, `lease/${OPERATOR_NAME}`, {
      spec: {
        holderIdentity: "alerts",
        leaseDurationSeconds: 3600,
        renewTime: new Date().toISOString().replace("Z", "000Z"),
      },
    }),
  end: () => patch(system, `lease/${OPERATOR_NAME}`, { spec: { holderIdentity: "", leaseDurationSeconds: 1 } }),
};

/** In the order in which they begin; they end in the same. */
export const operatorFaults: readonly Fault[] = [
  unanswered(),
  leaseTaken,
  gone("operator-down", system, `deployment/${OPERATOR_NAME}`),
];
