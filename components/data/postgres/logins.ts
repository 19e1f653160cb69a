// Who logs in to the database: a role owns it, and each generation of its password has a login of its own.
import { tenantNamespace } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { trust } from "../../security/certificates.ts";
import { type Credential, type Version, versions } from "../../security/credential.ts";
import { generationName } from "../../security/generation.ts";

/** A server, and the role that creates others in it. */
export interface DatabaseServer {
  host: string;
  port: number;
  /**
   * A superuser, or a role with CREATEROLE and CREATEDB, and its database `postgres`. `previous` is the password that it may still
   * have, and which is then changed.
   */
  admin: { user: string; password: pulumi.Input<string>; previous?: pulumi.Input<string> };
  /** More roles with a database of their own name, besides the tenants'. */
  logins?: readonly Login[];
  /**
   * How clients verify the server: `verify-full` by its name in a certificate of the platform's authority, `verify-ca` by an
   * authority (PEM) that signs for this server alone. Absent: connections are in clear text.
   */
  tls?:
    | { mode: "verify-full"; trusted: ReturnType<typeof trust> }
    | { mode: "verify-ca"; authority: pulumi.Input<string> };
}

/** A role that can log in. */
export interface Login {
  /** The role whose database it opens, and as which it works there; one of Postgres' own (`pg_…`) has none. */
  owner: string;
  /** The same role, or a member of it. */
  name: string;
  /** Letters and digits. */
  password: pulumi.Input<string>;
}

/** How Argo opens the archive. */
export interface ArchiveAccess {
  user: string;
  password: pulumi.Output<string>;
  /** Whether the set-up of the tenants' roles makes the user. */
  madeBySetup: boolean;
}

/** Name of a tenant's role and of its database: the name of its namespace, as for its user of the object store. */
export const tenantRole = tenantNamespace;

/**
 * The logins of a role: the first generation's is the role itself, as in earlier releases. Of two passwords for one role Postgres
 * would keep the newer alone.
 */
export function loginsOf(owner: string, credential: Credential): Login[] {
  return versions(credential).map(({ generation, value }) => ({
    owner,
    name: generationName(owner, generation),
    password: value,
  }));
}

/** The role that reads the server's statistics, and the one of Postgres' own whose rights it has. */
export const monitorRole = "metrics";
const statisticsRole = "pg_monitor";

/** Its logins: they have no database, and work as the role that may read the statistics. */
export function monitorLogins(credential: Credential): Login[] {
  return loginsOf(monitorRole, credential).map((login) => ({ ...login, owner: statisticsRole }));
}

/** What the client of the archive's newest generation gets. */
export function archiveAccess({ current: { generation, value } }: { current: Version }): ArchiveAccess {
  return { user: generationName("argo", generation), password: value, madeBySetup: generation > 1 };
}
