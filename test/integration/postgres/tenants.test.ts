// Each tenant's agents are alone in a database: the set-up Job's own script against the StatefulSet's own server.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlAttacks } from "../../attack/services/sql.ts";
import { mock, objects, program, type Registered } from "../../unit/components/program.ts";
import { expectSuccess, password, stack, work } from "./platform.ts";
import { type Server, startServer } from "./server.ts";

mock();

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

describe("the set-up", () => {
  test("runs, and runs again with nothing left to do", async () => {
    const first = await server.job(both);
    expectSuccess(first);
    expect(first.stderr).toMatch(/role tenant-blue is made[\s\S]*role tenant-green is made/);
    expectSuccess(await blue("tenant-blue", work));
    const again = await server.job(both);
    expectSuccess(again);
    expect(again.stderr).toBe("");
    expect((await blue("tenant-blue", "SELECT count(*) FROM mine")).stdout).toBe("1");
  });

  test("two of it at once do no harm", async () => {
    for (const result of await Promise.all([server.job(both), server.job(both)])) expectSuccess(result);
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

  test("can do nothing on the server, or to other roles and databases", async () => {
    const ends = await Promise.all(
      sqlAttacks.map(async ([attack, statement, says]) => {
        const { stderr } = await blue("tenant-blue", statement);
        return [attack, says.test(stderr) ? "refused" : stderr];
      }),
    );
    expect(ends.filter(([, end]) => end !== "refused")).toEqual([]);
  });

  test("can't let another one in, and the next set-up takes back what it has tried", async () => {
    expectSuccess(await green("tenant-green", `GRANT CONNECT ON DATABASE "tenant-green" TO PUBLIC`));
    expect((await blue("tenant-green")).stderr).toContain("no pg_hba.conf entry");
    expectSuccess(await server.job(both));
    const open = "SELECT count(*) FROM pg_database WHERE datacl::text ~ '[{,]=[a-zA-Z]*c' AND datallowconn";
    expect(server.admin(open)).toBe("0");
  });

  test("is refused with another's password, and in clear text", async () => {
    const other = await server.as("tenant-blue", password(both, "green"), "tenant-blue", "SELECT 1");
    expect(other.stderr).toContain("password authentication failed");
    expect((await blue("tenant-blue", "SELECT 1", { PGSSLMODE: "disable" })).stderr).toContain("no encryption");
  });

  test("that the config has no more is out at once, and finds its data when it comes back", async () => {
    expectSuccess(await green("tenant-green", work));
    const session = server.session("tenant-green", password(both, "green"), "tenant-green");
    session.stdin?.write("SELECT 'in';\n");
    await once(session.stdout as NodeJS.ReadableStream, "data");
    const result = await server.job(resources);
    expectSuccess(result);
    expect(result.stderr).toContain("role tenant-green has no login any more");
    session.stdin?.end("SELECT 'still in';\n");
    const [code] = await once(session, "exit");
    expect(code).not.toBe(0);
    expect((await green("tenant-green")).stderr).toContain("is not permitted to log in");
    expectSuccess(await blue("tenant-blue"));
    expectSuccess(await server.job(both));
    expect((await green("tenant-green", "SELECT count(*) FROM mine")).stdout).toBe("1");
  });
});

describe("a rotation", () => {
  const rotated = (generation: number, keepPrevious: boolean) =>
    program({
      workflowEngine: "argo",
      tenants: [{ name: "blue" }, { name: "green" }],
      rotation: { postgres: { generation, keepPrevious } },
    });
  const secretOf = (all: readonly Registered[], namespace: string, name: string) =>
    objects(all, "Secret").find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name)
      ?.stringData;
  const user = (all: readonly Registered[], database: string, statement: string, tenant = "blue") => {
    const secret = secretOf(all, `tenant-${tenant}`, "postgres");
    return server.as(secret.user ?? `tenant-${tenant}`, secret.password, database, statement);
  };
  const superuser = (all: readonly Registered[]) =>
    server.as("postgres", secretOf(all, "shared-services", "postgres-passwords").postgres, "postgres", "SELECT 1");
  const archive = (all: readonly Registered[], statement: string) => {
    const { username, password: own } = secretOf(all, "argo-workflows", "argo-archive");
    return server.as(username, own, "argo", statement);
  };
  let resourcesDuring: Registered[];
  let after: Registered[];
  let inFlight: ReturnType<Server["session"]>;
  const expectAnswer = async (statement: string, answer: string) => {
    inFlight.stdin?.write(`${statement};\n`);
    const [text] = await once(inFlight.stdout as NodeJS.ReadableStream, "data");
    expect(String(text).trim()).toBe(answer);
  };

  beforeAll(async () => {
    [resourcesDuring, after] = [await rotated(2, true), await rotated(2, false)];
    expectSuccess(await server.job(both));
    expectSuccess(await archive(both, "CREATE TABLE kept (x int)"));
    inFlight = server.session("tenant-blue", password(both, "blue"), "tenant-blue");
    await expectAnswer("SELECT 'before'", "before");
  });

  test("has the new login beside the old one, as which what runs goes on", async () => {
    const result = await server.job(resourcesDuring);
    expectSuccess(result);
    expect(result.stderr).toMatch(
      /role postgres has its new password[\s\S]*role argo\.2 is made[\s\S]*role tenant-blue\.2 is made/,
    );
    await expectAnswer("SELECT 'meanwhile'", "meanwhile");
    expectSuccess(await user(both, "tenant-blue", "INSERT INTO mine VALUES (2)"));
    expectSuccess(
      await user(resourcesDuring, "tenant-blue", "INSERT INTO mine VALUES (3); CREATE TABLE young (x int)"),
    );
    // Whatever the new login makes is the tenant's, and not its own.
    expectSuccess(await user(both, "tenant-blue", "INSERT INTO young VALUES (1)"));
    expect((await user(resourcesDuring, "tenant-green", "SELECT 1")).stderr).toContain("no pg_hba.conf entry");
    expectSuccess(await archive(both, "INSERT INTO kept VALUES (1)"));
    expectSuccess(await archive(resourcesDuring, "INSERT INTO kept VALUES (2)"));
    expectSuccess(await superuser(resourcesDuring));
    expect((await superuser(both)).stderr).toContain("password authentication failed");
  });

  test("runs again with nothing left to do", async () => {
    const again = await server.job(resourcesDuring);
    expectSuccess(again);
    expect(again.stderr).toBe("");
  });

  test("ends with the old login refused, and its session with it", async () => {
    const result = await server.job(after);
    expectSuccess(result);
    expect(result.stderr).toContain("role tenant-blue has no login any more");
    inFlight.stdin?.end("SELECT 'still in';\n");
    const [code] = await once(inFlight, "exit");
    expect(code).not.toBe(0);
    for (const result of [await user(both, "tenant-blue", "SELECT 1"), await archive(both, "SELECT 1")])
      expect(result.stderr).toMatch(/password authentication failed|is not permitted to log in/);
    expect((await user(after, "tenant-blue", "SELECT count(*) FROM mine")).stdout).not.toBe("0");
    expect((await archive(after, "SELECT count(*) FROM kept")).stdout).toBe("2");
  });

  test("without a time for both, for a password that somebody has stolen, refuses the old one at once", async () => {
    const stolenPassword = await rotated(3, false);
    expectSuccess(await server.job(stolenPassword));
    expect((await user(after, "tenant-blue", "SELECT 1")).code).not.toBe(0);
    expectSuccess(await user(stolenPassword, "tenant-blue", "SELECT count(*) FROM mine"));
    expectSuccess(await superuser(stolenPassword));
    expect((await superuser(after)).code).not.toBe(0);
  });

  test("writes none of the passwords into the server's log", () => {
    const log = server.log();
    for (const all of [both, resourcesDuring, after])
      for (const value of [password(all, "blue"), secretOf(all, "shared-services", "postgres-passwords").postgres])
        expect(log).not.toContain(value);
  });

  test("is for a new volume as for one that has seen every generation", async () => {
    const freshServer = await startServer(after);
    try {
      expectSuccess(await freshServer.job(after));
      const { user: login, password: own } = secretOf(after, "tenant-blue", "postgres");
      expectSuccess(await freshServer.as(login, own, "tenant-blue", work));
      expect(freshServer.admin("SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1")).toBe(
        ["argo.2", "model-gateway.2", "postgres", "tenant-blue.2", "tenant-green.2"].join("\n"),
      );
    } finally {
      await freshServer.stop();
    }
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
    expectSuccess(await asShared());
    const tenants = [{ name: "blue" }, { name: "green", external: true }];
    expectSuccess(await upgraded.job(await program({ workflowEngine: "argo", tenants })));
    expectSuccess(await asShared());
    expectSuccess(await upgraded.as("tenant-blue", password(both, "blue"), "tenant-blue", work));
  });

  test("takes it away where there is no such team, and keeps the data", async () => {
    const result = await upgraded.job(both);
    expectSuccess(result);
    expect(result.stderr).toContain("role langgraph, which tenants once shared, has no login any more");
    expect((await asShared()).stderr).toContain("is not permitted to log in");
    expect(upgraded.admin("SELECT count(*) FROM mine", "langgraph")).toBe("2");
    expectSuccess(await upgraded.as("tenant-green", password(both, "green"), "tenant-green", work));
  });
});
