-- A role and a database of its own for each tenant, and nobody else in them. Runs again and again: what is there already stays.
--
-- By psql, as a superuser or as a role with CREATEROLE and CREATEDB; standard input has a line for each tenant, the name of role
-- and database and the role's password. Variables: lock_shared, whether the role that tenants once shared loses its login.
\set ON_ERROR_STOP on
SET client_min_messages TO warning;

-- One set-up at a time: the Job of an earlier config may still be under way.
DO $$ BEGIN PERFORM pg_advisory_lock(7203115); END $$;

CREATE TEMPORARY TABLE wanted (role name PRIMARY KEY, password text NOT NULL);
\copy wanted FROM pstdin (DELIMITER ' ')

-- Passwords are in the table and in no statement's text, so that no log has them, whatever the server logs: what is executed in
-- here isn't logged, and an error is told again without its context, where the statement would be.
DO $$
DECLARE
  tenant record;
  is_super boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
  -- 30 for the workflow engine and for people; the rest is shared evenly, so that no tenant can take another's. One workload
  -- has at most three steps at once, each with three connections.
  share int := (SELECT greatest(9, (current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int - 30) / greatest(1, count(*))) FROM wanted);
BEGIN
  FOR tenant IN SELECT * FROM wanted ORDER BY role LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = tenant.role) THEN
      EXECUTE format('CREATE ROLE %I', tenant.role);
      RAISE INFO 'role % is made', tenant.role;
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN CONNECTION LIMIT %s PASSWORD %L', tenant.role, share, tenant.password);
    -- Whoever is no superuser must be a member of the role that is to own a database.
    IF NOT is_super THEN EXECUTE format('GRANT %I TO CURRENT_USER', tenant.role); END IF;
  END LOOP;
  -- Of a tenant that is no more, the data stay, and nobody comes in.
  FOR tenant IN SELECT rolname AS role FROM pg_roles
    WHERE rolcanlogin AND starts_with(rolname::text, 'tenant-') AND rolname NOT IN (SELECT role FROM wanted) LOOP
    EXECUTE format('ALTER ROLE %I NOLOGIN', tenant.role);
    RAISE INFO 'role % has no login any more: no tenant has it', tenant.role;
  END LOOP;
EXCEPTION WHEN others THEN
  RAISE EXCEPTION 'roles of tenants: %', SQLERRM;
END $$;

\if :lock_shared
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'langgraph' AND rolcanlogin) THEN
    ALTER ROLE langgraph NOLOGIN;
    RAISE INFO 'role langgraph, which tenants once shared, has no login any more; its database stays';
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'role langgraph, which tenants once shared, can still log in: its maker has to change that (%)', SQLERRM;
END $$;
\endif

SELECT format('CREATE DATABASE %I OWNER %I', role, role) FROM wanted
  WHERE role NOT IN (SELECT datname FROM pg_database) ORDER BY role
\gexec

DO $$
DECLARE
  other record;
BEGIN
  -- Everybody may connect to a new database, and to those that every server has.
  FOR other IN SELECT datname FROM pg_database WHERE datallowconn AND pg_has_role(datdba, 'USAGE') LOOP
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', other.datname);
  END LOOP;
  -- Cloud SQL: people who log in by IAM begin there.
  FOR other IN SELECT rolname FROM pg_roles WHERE starts_with(rolname::text, 'cloudsqliam') LOOP
    EXECUTE format('GRANT CONNECT ON DATABASE postgres TO %I', other.rolname);
  END LOOP;
  -- Who has no login any more may still be in.
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usesysid IN (SELECT oid FROM pg_roles WHERE NOT rolcanlogin) AND pg_has_role(usesysid, 'USAGE');
END $$;
