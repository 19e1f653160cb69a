// A person of the platform's cluster: a client certificate that the cluster itself has signed, and one role of a tenant.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { apply, kubectl } from "../../../embedded/cli/cluster.ts";
import { platform } from "./platform.ts";

export interface Person extends AsyncDisposable {
  /** Runs a script as them, with kubectl on the path; returns what it prints on either output, and its exit code. */
  run(script: string): { code: number; output: string };
}

/** Has the cluster know somebody of this name, who has nothing but this role in this namespace. */
export async function introduce(name: string, role: MemberRole, namespace: string): Promise<Person> {
  const folder = mkdtempSync(join(tmpdir(), "person-"));
  const file = (suffix: string) => join(folder, `${name}.${suffix}`);
  const subject = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`];
  execFileSync("openssl", ["req", "-new", ...subject, "-keyout", file("key"), "-out", file("csr")], { stdio: "pipe" });
  const remove = () =>
    kubectl(platform, ["delete", "csr", name, "--ignore-not-found"]).then(() =>
      kubectl(platform, ["delete", "rolebinding", name, "-n", namespace, "--ignore-not-found"]),
    );
  await remove();
  await apply(platform, [
    {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name },
      spec: {
        request: readFileSync(file("csr")).toString("base64"),
        signerName: "kubernetes.io/kube-apiserver-client",
        expirationSeconds: 3600,
        usages: ["client auth"],
      },
    },
  ]);
  await kubectl(platform, ["certificate", "approve", name]);
  await kubectl(platform, ["wait", `csr/${name}`, "--for=jsonpath={.status.certificate}", "--timeout=30s"]);
  const signed = await kubectl(platform, ["get", "csr", name, "-o", "jsonpath={.status.certificate}"]);
  writeFileSync(file("crt"), Buffer.from(signed, "base64"));
  const grant = ["create", "rolebinding", name, `--role=${memberRoleName(role)}`, `--user=${name}`, "-n", namespace];
  await kubectl(platform, grant);
  const kubeconfig = file("kubeconfig");
  copyFileSync(platform.kubeconfig, kubeconfig);
  const person = {
    run(script: string) {
      const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: `${platform.bin}:${process.env.PATH}` };
      try {
        return { code: 0, output: execFileSync("bash", ["-ec", script], { env, encoding: "utf8", stdio: "pipe" }) };
      } catch (error) {
        const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
        return { code: status, output: stdout + stderr };
      }
    },
    [Symbol.asyncDispose]: async () => {
      await remove();
      rmSync(folder, { recursive: true });
    },
  };
  const credentials = `--client-certificate=${file("crt")} --client-key=${file("key")} --embed-certs`;
  const { code, output } = person.run(
    `kubectl config set-credentials ${name} ${credentials} && kubectl config set-context --current --user=${name}`,
  );
  if (code !== 0) throw new Error(output);
  return person;
}
