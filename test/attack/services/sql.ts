// What somebody tries in the database with a tenant's password, and what Postgres says to it.

/** By what is tried: a statement, and words of the refusal. */
export const sqlAttacks: [attack: string, statement: string, says: RegExp][] = [
  ["becomes the superuser", "SET ROLE postgres", /permission denied to set role/],
  [
    "becomes the superuser for the session",
    "SET SESSION AUTHORIZATION postgres",
    /permission denied to set session authorization/,
  ],
  ["becomes another tenant", 'SET ROLE "tenant-green"', /permission denied to set role|does not exist/],
  ["becomes the archive's role", "SET ROLE argo", /permission denied to set role|does not exist/],
  [
    "makes itself a superuser",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    /permission denied to alter role|must be superuser/,
  ],
  ["lets itself make roles", "ALTER ROLE CURRENT_USER CREATEROLE", /permission denied( to alter role)?/],
  [
    "takes its limit of connections off",
    "ALTER ROLE CURRENT_USER CONNECTION LIMIT -1",
    /permission denied( to alter role)?/,
  ],
  ["makes a role", "CREATE ROLE mallory LOGIN", /permission denied to create role/],
  ["makes a database", "CREATE DATABASE mallory", /permission denied to create database/],
  [
    "gives itself a role that runs programs",
    "GRANT pg_execute_server_program TO CURRENT_USER",
    /permission denied to grant role|must have admin option on role/,
  ],
  ["changes another's password", "ALTER ROLE argo PASSWORD 'x'", /permission denied( to alter role)?|does not exist/],
  [
    "runs a program on the server",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    /(permission denied|must be superuser or have privileges of the pg_\w+ role) to COPY to or from an external program/,
  ],
  [
    "runs a program that it reads from",
    "CREATE TEMPORARY TABLE t (x text); COPY t FROM PROGRAM 'id'",
    /(permission denied|must be superuser or have privileges of the pg_\w+ role) to COPY to or from an external program/,
  ],
  [
    "reads a file of the server by COPY",
    "CREATE TEMPORARY TABLE t (x text); COPY t FROM '/etc/passwd'",
    /(permission denied|must be superuser or have privileges of the pg_\w+ role) to COPY from a file/,
  ],
  [
    "writes a file of the server",
    "COPY (SELECT 1) TO '/tmp/x'",
    /(permission denied|must be superuser or have privileges of the pg_\w+ role) to COPY to a file/,
  ],
  ["reads a file of the server", "SELECT pg_read_file('/etc/passwd')", /permission denied for function pg_read_file/],
  [
    "reads bytes of the server's key",
    "SELECT pg_read_binary_file('server.key')",
    /permission denied for function pg_read_binary_file/,
  ],
  ["lists the server's files", "SELECT pg_ls_dir('.')", /permission denied for function pg_ls_dir/],
  ["lists the server's log", "SELECT * FROM pg_ls_logdir()", /permission denied for function pg_ls_logdir/],
  ["reads a file as a large object", "SELECT lo_import('/etc/passwd')", /permission denied for function lo_import/],
  [
    "writes a file from a large object",
    "SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/x')",
    /permission denied for function lo_export/,
  ],
  [
    "asks another database by an extension",
    "CREATE EXTENSION dblink",
    /permission denied to create extension|is not available/,
  ],
  [
    "reads files by an extension",
    "CREATE EXTENSION file_fdw",
    /permission denied to create extension|is not available/,
  ],
  [
    "runs Python on the server",
    "CREATE EXTENSION plpython3u",
    /permission denied to create extension|is not available/,
  ],
  [
    "runs a library of its own",
    "CREATE FUNCTION f() RETURNS int AS '/tmp/x.so' LANGUAGE c",
    /permission denied for language c/,
  ],
  ["loads a library", "LOAD '/tmp/x.so'", /access to library "\/tmp\/x\.so" is not allowed|permission denied/],
  [
    "follows another server",
    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p",
    /permission denied to create subscription|must be superuser/,
  ],
  ["reads the passwords' hashes", "SELECT rolpassword FROM pg_authid", /permission denied for table pg_authid/],
  ["reads the passwords by the older view", "SELECT passwd FROM pg_shadow", /permission denied for view pg_shadow/],
  [
    "reads who may come in",
    "SELECT * FROM pg_hba_file_rules",
    /permission denied for (view|function) pg_hba_file_rules/,
  ],
  [
    "changes the server's settings",
    "ALTER SYSTEM SET ssl = off",
    /permission denied to set parameter|must be superuser/,
  ],
  [
    "has the server read its settings again",
    "SELECT pg_reload_conf()",
    /permission denied for function pg_reload_conf/,
  ],
  [
    "ends the superuser's sessions",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' OR backend_type = 'checkpointer'",
    /permission denied to terminate process|must be a superuser/,
  ],
  ["makes the catalogue its own", "UPDATE pg_database SET datacl = NULL", /permission denied for table pg_database/],
  [
    "opens another tenant's database to all",
    "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
    /no privileges were granted|permission denied for database/,
  ],
  ["takes another's database", "ALTER DATABASE argo OWNER TO CURRENT_USER", /must be owner of database|does not exist/],
  ["removes another's database", "DROP DATABASE argo", /must be owner of database|does not exist/],
  ["lets its sessions do without the log", "SET log_statement = 'none'", /permission denied to set parameter/],
  [
    "runs its code as whoever comes, by an event",
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION pg_catalog.now()",
    /permission denied to create event trigger/,
  ],
  [
    "keeps files of a folder of its own",
    "CREATE TABLESPACE t LOCATION '/tmp'",
    /permission denied to create tablespace/,
  ],
  [
    "replicates everything",
    "SELECT pg_create_physical_replication_slot('s')",
    /permission denied to use replication slots|must be superuser/,
  ],
];
