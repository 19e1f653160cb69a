// Chooses the certificate authority to trust for a URL: the platform's for services inside the cluster.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAMESPACES } from "@agentic/api/names.ts";
import { SECRETS } from "@agentic/api/template.ts";
import type { Settings } from "./config.ts";
import { PermanentError } from "./errors.ts";

const inCluster = new RegExp(
  `\\.(${NAMESPACES.sharedServices}|${NAMESPACES.observability})(\\.svc(\\.cluster\\.local)?)?$`,
);

/**
 * The only certificate authority to trust for a URL, as PEM. Undefined for plain http, and for services outside of the
 * cluster, which have certificates of public authorities.
 */
export function authorityFor({ secretsDir }: Pick<Settings, "secretsDir">, url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "https:" || !inCluster.test(hostname)) return undefined;
  const file = join(secretsDir, SECRETS.ca.path.split("/").at(-1) ?? "", "ca.crt");
  if (!existsSync(file))
    throw new PermanentError(
      `${file} is missing: the tenant's Secret "${SECRETS.ca.name}" must hold the certificate authority of ${hostname}`,
    );
  return readFileSync(file, "utf8");
}

/** The connection string with its certificate file in `secretsDir`, which differs from the pod's folder outside a pod. */
export function relocated({ secretsDir }: Pick<Settings, "secretsDir">, dsn: string): string {
  return dsn.replace("sslrootcert=/etc/secrets/", `sslrootcert=${secretsDir}/`);
}
