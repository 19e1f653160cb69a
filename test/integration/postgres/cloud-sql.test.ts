// The set-up of tenants' databases on a server as Google Cloud makes it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mock, type Registered } from "../../unit/components/program.ts";
import { expectSuccess, password, stack, withoutArchive, work } from "./platform.ts";
import { type Server, startServer } from "./server.ts";

mock();

describe("a server as Cloud SQL's, whose administrator is no superuser, and whose rules let everybody in", () => {
  // What Google's API makes: databases of cloudsqlsuperuser's, and users who are its members.
  const google = `CREATE ROLE cloudsqlsuperuser CREATEROLE CREATEDB
CREATE ROLE cloudsqliamuser
CREATE ROLE "platform-setup" LOGIN CREATEROLE CREATEDB PASSWORD 'admin' IN ROLE cloudsqlsuperuser
CREATE ROLE dba LOGIN PASSWORD 'dba' IN ROLE cloudsqliamuser
ALTER DATABASE argo OWNER TO cloudsqlsuperuser
GRANT ALL ON DATABASE argo TO PUBLIC
ALTER DATABASE postgres OWNER TO cloudsqlsuperuser
CREATE ROLE langgraph LOGIN SUPERUSER PASSWORD 'shared'`;
  const admin = { PGUSER: "platform-setup", PGPASSWORD: "admin" };
  let both: Registered[];
  let resources: Registered[];
  let cloud: Server;
  /** There the archive's user is of Google's making, and not of the set-up's. */
  const job = (all: readonly Registered[]) => cloud.job(withoutArchive(all), admin);
  const clientOf = (tenant: string, database: string) =>
    cloud.as(`tenant-${tenant}`, password(both, tenant), database, "SELECT 1");
  beforeAll(async () => {
    both = await stack("blue", "green");
    resources = await stack("blue");
    cloud = await startServer(both, google);
    cloud.rules("hostssl all all all scram-sha-256");
  });
  afterAll(() => cloud?.stop());

  test("keeps tenants apart by their rights alone", async () => {
    expectSuccess(await job(both));
    const again = await job(both);
    expectSuccess(again);
    // Of the role that it may not change it says so.
    expect(again.stderr.match(/WARNING|INFO/g)).toEqual(["WARNING"]);
    expect(again.stderr).toContain("role langgraph, which tenants once shared, can still log in");
    for (const database of ["tenant-green", "argo", "postgres"])
      expect((await clientOf("blue", database)).stderr, database).toContain("permission denied for database");
    expectSuccess(await cloud.as("tenant-blue", password(both, "blue"), "tenant-blue", work));
    expectSuccess(await cloud.as("dba", "dba", "postgres", "SELECT 1"));
  });

  test("locks a tenant out that is no more", async () => {
    expectSuccess(await job(resources));
    expect((await clientOf("green", "tenant-green")).stderr).toContain("is not permitted to log in");
    expectSuccess(await job(both));
    expectSuccess(await clientOf("green", "tenant-green"));
  });

  test("says what it may not do, and no password with it", async () => {
    cloud.admin(`ALTER ROLE "tenant-green" SUPERUSER`);
    const { code, stderr } = await job(both);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/roles of tenants: (must be superuser|permission denied)/),
    ]);
    for (const tenant of ["blue", "green"]) expect(cloud.log() + stderr).not.toContain(password(both, tenant));
  });
});
