-- Changes the password of the role that logs in here to the one line of standard input. As in tenants.sql no statement has it.
SET client_min_messages TO warning;
CREATE TEMPORARY TABLE wanted (password text NOT NULL);
\copy wanted FROM pstdin
DO $$
BEGIN
  EXECUTE format('ALTER ROLE CURRENT_USER PASSWORD %L', (SELECT password FROM wanted));
  RAISE INFO 'role % has its new password', current_user;
EXCEPTION WHEN others THEN
  RAISE EXCEPTION 'password of %: %', current_user, SQLERRM;
END $$;
