-- A role and a database of its own for each tenant, and nobody else in them. Runs again and again: what is there already stays.
--
-- By psql, as a superuser or as a role with CREATEROLE and CREATEDB; standard input has a line for each login: its name, its
-- password, and its owner, the role that has the database of its own name. A login that isn't its owner works as the owner: what
-- it makes is the owner's. An owner of Postgres' own (pg_monitor) gives its rights and has no database. Variables: lock_shared, whether the role that tenants once shared loses its login.
\set ON_ERROR_STOP on
SET client_min_messages TO warning;

-- One set-up at a time: the Job of an earlier config may still be under way.
DO $$ BEGIN PERFORM pg_advisory_lock(7203115); END $$;

CREATE TEMPORARY TABLE wanted (login name PRIMARY KEY, password text NOT NULL, owner name NOT NULL);
\copy wanted FROM pstdin (DELIMITER ' ')

-- Passwords are in the table and in no statement's text, so that no log has them, whatever the server logs: what is executed in
-- here isn't logged, and an error is told again without its context, where the statement would be.
DO $$
DECLARE
  role name;
  wish record;
  is_super boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
  -- 30 for the workflow engine and for people; the rest is shared evenly, so that no tenant can take another's. One workload
  -- has at most three steps at once, each with three connections. While two logins of a tenant are good, each has the share.
  share int := (SELECT greatest(9, (current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int - 30) / greatest(1, count(DISTINCT owner)))
    FROM wanted WHERE starts_with(owner::text, 'tenant-'));
BEGIN
  FOR role IN SELECT owner FROM wanted UNION SELECT login FROM wanted ORDER BY 1 LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I', role);
      RAISE INFO 'role % is made', role;
    END IF;
    -- Whoever is no superuser must be a member of the role that is to own a database, or whose sessions it ends.
    IF NOT is_super THEN EXECUTE format('GRANT %I TO CURRENT_USER', role); END IF;
  END LOOP;
  FOR wish IN SELECT * FROM wanted ORDER BY login LOOP
    EXECUTE format('ALTER ROLE %I LOGIN CONNECTION LIMIT %s PASSWORD %L', wish.login,
      CASE WHEN starts_with(wish.owner::text, 'tenant-') THEN share WHEN starts_with(wish.owner::text, 'pg_') THEN 3 ELSE -1 END,
      wish.password);
    IF wish.login <> wish.owner THEN
      EXECUTE format('GRANT %I TO %I', wish.owner, wish.login);
      EXECUTE format('ALTER ROLE %I SET role = %L', wish.login, wish.owner);
    END IF;
  END LOOP;
  -- Of a tenant that is no more the data stay, and nobody comes in, nor with a password whose time is over.
  FOR role IN SELECT rolname FROM pg_roles
    WHERE rolcanlogin AND rolname NOT IN (SELECT login FROM wanted)
      AND (starts_with(rolname::text, 'tenant-')
        OR regexp_replace(rolname::text, '\.[0-9]+$', '') IN (SELECT regexp_replace(login::text, '\.[0-9]+$', '') FROM wanted)
        OR rolname ~ '^metrics(\.[0-9]+)?$' AND pg_has_role(oid, 'pg_monitor', 'MEMBER')) LOOP
    EXECUTE format('ALTER ROLE %I NOLOGIN', role);
    RAISE INFO 'role % has no login any more: no tenant has it, or its password is rotated', role;
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

SELECT DISTINCT format('CREATE DATABASE %I OWNER %I', owner, owner) FROM wanted
  WHERE owner NOT IN (SELECT datname FROM pg_database) AND NOT starts_with(owner::text, 'pg_') ORDER BY 1
\gexec

DO $$
DECLARE
  other record;
BEGIN
  -- Everybody may connect to a new database, and to those that every server has.
  FOR other IN SELECT datname FROM pg_database WHERE datallowconn AND pg_has_role(datdba, 'USAGE') LOOP
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', other.datname);
  END LOOP;
  -- Who reads the statistics does so there.
  IF EXISTS (SELECT FROM wanted WHERE owner = 'pg_monitor') THEN
    GRANT CONNECT ON DATABASE postgres TO pg_monitor;
  END IF;
  -- Cloud SQL: people who log in by IAM begin there.
  FOR other IN SELECT rolname FROM pg_roles WHERE starts_with(rolname::text, 'cloudsqliam') LOOP
    EXECUTE format('GRANT CONNECT ON DATABASE postgres TO %I', other.rolname);
  END LOOP;
  -- Who has no login any more may still be in.
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usesysid IN (SELECT oid FROM pg_roles WHERE NOT rolcanlogin) AND pg_has_role(usesysid, 'USAGE');
END $$;
