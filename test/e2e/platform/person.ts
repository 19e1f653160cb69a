// A person of the platform's cluster: a client certificate of the cluster's authority, and one role of a tenant.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { kubectl } from "../../../embedded/cli/cluster.ts";
import { stateDir } from "../../../embedded/node/paths.ts";
import { issueCertificates, writeKubeconfig } from "../../../embedded/node/pki.ts";
import { platform } from "./platform.ts";

export interface Person extends AsyncDisposable {
  /** Runs a script as them, with kubectl on the path; returns what it prints on either output, and its exit code. */
  run(script: string): { code: number | null; output: string };
}

/** Has the cluster know somebody of this name, who has nothing but this role in this namespace. */
export async function introduce(name: string, role: MemberRole, namespace: string): Promise<Person> {
  const dir = mkdtempSync(join(tmpdir(), "person-"));
  for (const file of ["ca.crt", "ca.key"]) copyFileSync(join(stateDir("e2e"), "pki", file), join(dir, file));
  await issueCertificates(platform.bin, { dir, keys: [], certificates: [{ name, commonName: name }] });
  const kubeconfig = join(dir, "kubeconfig");
  writeKubeconfig(kubeconfig, { name: "e2e", server: platform.server, dir, user: name });
  const binding = ["rolebinding", name, "-n", namespace];
  await kubectl(platform, ["delete", ...binding, "--ignore-not-found"]);
  await kubectl(platform, ["create", ...binding, `--role=${memberRoleName(role)}`, `--user=${name}`]);
  return {
    run(script) {
      const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: `${platform.bin}:${process.env.PATH}` };
      const { status, stdout, stderr } = spawnSync("bash", ["-ec", script], { env, encoding: "utf8" });
      return { code: status, output: stdout + stderr };
    },
    [Symbol.asyncDispose]: async () => {
      await kubectl(platform, ["delete", ...binding]);
      rmSync(dir, { recursive: true });
    },
  };
}
