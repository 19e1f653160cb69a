// Each tenant's agents are alone in a database: the set-up Job's own script against the StatefulSet's own server.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mock, objects, program, type Registered } from "../../unit/components/program.ts";
import { type Ended, type Server, startServer } from "./server.ts";

mock();

const stack = (...names: string[]) => program({ workflowEngine: "argo", tenants: names.map((name) => ({ name })) });
const password = (all: readonly Registered[], tenant: string): string =>
  objects(all, "Secret").find(
    ({ metadata }) => metadata?.namespace === `tenant-${tenant}` && metadata.name === "postgres",
  )?.stringData.password;
/** What keeps an agent's step: it makes its tables, as LangGraph does, and reads them again. */
const work =
  "CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE IF NOT EXISTS public.mine (x int); INSERT INTO mine VALUES (1)";

let both: Registered[];
let resources: Registered[];
let server: Server;
const blue = (database: string, statement = "SELECT 1", more = {}) =>
  server.as("tenant-blue", password(both, "blue"), database, statement, more);
const green = (database: string, statement = "SELECT 1") =>
  server.as("tenant-green", password(both, "green"), database, statement);

beforeAll(async () => {
  both = await stack("blue", "green");
  resources = await stack("blue");
  server = await startServer(both);
});
afterAll(() => server?.stop());

const ok = (done: Ended) => expect(done, done.stderr).toMatchObject({ code: 0 });

describe("the set-up", () => {
  test("runs, and runs again with nothing left to do", async () => {
    const first = await server.job(both);
    ok(first);
    expect(first.stderr).toMatch(/role tenant-blue is made[\s\S]*role tenant-green is made/);
    ok(await blue("tenant-blue", work));
    const again = await server.job(both);
    ok(again);
    expect(again.stderr).toBe("");
    expect((await blue("tenant-blue", "SELECT count(*) FROM mine")).stdout).toBe("1");
  });

  test("two of it at once do no harm", async () => {
    for (const done of await Promise.all([server.job(both), server.job(both)])) ok(done);
  });

  test("gives roles that may do nothing else, with the server's connections shared among them", () => {
    const roles = server.admin(
      `SELECT rolname, rolconnlimit, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
       OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)
       FROM pg_roles WHERE rolname LIKE 'tenant-%' ORDER BY 1`,
    );
    // 100 of the server, 3 of the superuser, 30 of the engine and of people.
    expect(roles.split("\n")).toEqual(["tenant-blue|33|f", "tenant-green|33|f"]);
  });

  test("writes no password into the server's log, even where that has every statement", () => {
    const log = server.log();
    expect(log).toContain("ALTER ROLE %I LOGIN");
    for (const tenant of ["blue", "green"]) expect(log).not.toContain(password(both, tenant));
  });

  test("talks to no server but the one of the platform's authority", async () => {
    const { code, stderr } = await server.job(both, { PGHOST: "somewhere.else" });
    expect([code, stderr]).toEqual([2, expect.stringContaining("does not match host name")]);
  });
});

describe("a tenant", () => {
  test.each(["tenant-green", "argo", "postgres", "template1"])("can't connect to the database %s", async (database) => {
    const { code, stderr } = await blue(database);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no pg_hba.conf entry|permission denied/)]);
  });

  test("has no right to connect there either, should another rule let it in", () => {
    const rights = server.admin(
      `SELECT rolname, datname FROM pg_roles, pg_database
       WHERE (rolname LIKE 'tenant-%' OR rolname = 'argo') AND datallowconn
       AND has_database_privilege(rolname, datname, 'CONNECT, CREATE, TEMPORARY') ORDER BY 1, 2`,
    );
    expect(rights.split("\n")).toEqual(["argo|argo", "tenant-blue|tenant-blue", "tenant-green|tenant-green"]);
  });

  test("can't let another one in, and the next set-up takes back what it has tried", async () => {
    ok(await green("tenant-green", `GRANT CONNECT ON DATABASE "tenant-green" TO PUBLIC`));
    expect((await blue("tenant-green")).stderr).toContain("no pg_hba.conf entry");
    ok(await server.job(both));
    const open = "SELECT count(*) FROM pg_database WHERE datacl::text ~ '[{,]=[a-zA-Z]*c' AND datallowconn";
    expect(server.admin(open)).toBe("0");
  });

  test("is refused with another's password, and in clear text", async () => {
    const other = await server.as("tenant-blue", password(both, "green"), "tenant-blue", "SELECT 1");
    expect(other.stderr).toContain("password authentication failed");
    expect((await blue("tenant-blue", "SELECT 1", { PGSSLMODE: "disable" })).stderr).toContain("no encryption");
  });

  test("that the config has no more is out at once, and finds its data when it comes back", async () => {
    ok(await green("tenant-green", work));
    const session = server.session("tenant-green", password(both, "green"), "tenant-green");
    session.stdin?.write("SELECT 'in';\n");
    await once(session.stdout as NodeJS.ReadableStream, "data");
    const done = await server.job(resources);
    ok(done);
    expect(done.stderr).toContain("role tenant-green has no login any more");
    session.stdin?.end("SELECT 'still in';\n");
    const [code] = await once(session, "exit");
    expect(code).not.toBe(0);
    expect((await green("tenant-green")).stderr).toContain("is not permitted to log in");
    ok(await blue("tenant-blue"));
    ok(await server.job(both));
    expect((await green("tenant-green", "SELECT count(*) FROM mine")).stdout).toBe("1");
  });
});

describe("a stack of a release whose tenants shared the role langgraph", () => {
  const shared = `CREATE ROLE langgraph LOGIN PASSWORD 'shared'
CREATE DATABASE langgraph OWNER langgraph
REVOKE ALL ON DATABASE langgraph FROM PUBLIC`;
  let upgraded: Server;
  const asShared = () => upgraded.as("langgraph", "shared", "langgraph", work);
  beforeAll(async () => {
    upgraded = await startServer(both, shared);
  });
  afterAll(() => upgraded?.stop());

  test("keeps its login while the stack of another team may still use it", async () => {
    ok(await asShared());
    const tenants = [{ name: "blue" }, { name: "green", external: true }];
    ok(await upgraded.job(await program({ workflowEngine: "argo", tenants })));
    ok(await asShared());
    ok(await upgraded.as("tenant-blue", password(both, "blue"), "tenant-blue", work));
  });

  test("takes it away where there is no such team, and keeps the data", async () => {
    const done = await upgraded.job(both);
    ok(done);
    expect(done.stderr).toContain("role langgraph, which tenants once shared, has no login any more");
    expect((await asShared()).stderr).toContain("is not permitted to log in");
    expect(upgraded.admin("SELECT count(*) FROM mine", "langgraph")).toBe("2");
    ok(await upgraded.as("tenant-green", password(both, "green"), "tenant-green", work));
  });
});

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
  let cloud: Server;
  const as = (tenant: string, database: string) =>
    cloud.as(`tenant-${tenant}`, password(both, tenant), database, "SELECT 1");
  beforeAll(async () => {
    cloud = await startServer(both, google);
    cloud.rules("hostssl all all all scram-sha-256");
  });
  afterAll(() => cloud?.stop());

  test("keeps tenants apart by their rights alone", async () => {
    ok(await cloud.job(both, admin));
    const again = await cloud.job(both, admin);
    ok(again);
    // Of the role that it may not change it says so.
    expect(again.stderr.match(/WARNING|INFO/g)).toEqual(["WARNING"]);
    expect(again.stderr).toContain("role langgraph, which tenants once shared, can still log in");
    for (const database of ["tenant-green", "argo", "postgres"])
      expect((await as("blue", database)).stderr, database).toContain("permission denied for database");
    ok(await cloud.as("tenant-blue", password(both, "blue"), "tenant-blue", work));
    ok(await cloud.as("dba", "dba", "postgres", "SELECT 1"));
  });

  test("locks a tenant out that is no more", async () => {
    ok(await cloud.job(resources, admin));
    expect((await as("green", "tenant-green")).stderr).toContain("is not permitted to log in");
    ok(await cloud.job(both, admin));
    ok(await as("green", "tenant-green"));
  });

  test("says what it may not do, and no password with it", async () => {
    cloud.admin(`ALTER ROLE "tenant-green" SUPERUSER`);
    const { code, stderr } = await cloud.job(both, admin);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/roles of tenants: (must be superuser|permission denied)/),
    ]);
    for (const tenant of ["blue", "green"]) expect(cloud.log() + stderr).not.toContain(password(both, tenant));
  });
});
