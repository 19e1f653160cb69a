// Whom the agents take for the platform's own services: their names are the cluster's, and its authority speaks for them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAMESPACES } from "@agentic/api/names.ts";
import { SECRETS } from "@agentic/api/template.ts";
import type { Settings } from "./config.ts";
import { PermanentError } from "./errors.ts";

const inCluster = new RegExp(`\\.${NAMESPACES.sharedServices}(\\.svc(\\.cluster\\.local)?)?$`);

/**
 * The one authority whose word counts for a URL, as PEM. Undefined where it is no matter of the platform's: for clear text,
 * and for services outside of the cluster, which show certificates of public authorities.
 */
export function authorityFor({ secretsDir }: Pick<Settings, "secretsDir">, url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "https:" || !inCluster.test(hostname)) return undefined;
  const file = join(secretsDir, SECRETS.ca.path.split("/").at(-1) ?? "", "ca.crt");
  if (!existsSync(file))
    throw new PermanentError(
      `${file} is missing: ${hostname} shows a certificate, and the tenant's Secret "${SECRETS.ca.name}" says whose to trust`,
    );
  return readFileSync(file, "utf8");
}

/** A connection string with the files that it names where the secrets are, should that be elsewhere than in a pod. */
export function relocated({ secretsDir }: Pick<Settings, "secretsDir">, dsn: string): string {
  return dsn.replace("sslrootcert=/etc/secrets/", `sslrootcert=${secretsDir}/`);
}
