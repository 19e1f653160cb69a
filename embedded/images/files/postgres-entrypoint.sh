#!/bin/bash
# Prepares an empty data folder as the official image's entrypoint does (same variables, same order), then becomes the
# server. Written for this image: no step that needs root, none that writes outside $PGDATA, /tmp and the socket folder.
set -Eeo pipefail

# Takes VAR from the file that VAR_FILE names; both at once is an error, as secrets would be ambiguous.
from_file() {
  local name=$1 file_name=$1_FILE
  if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
    echo "error: both $name and $file_name are set: keep one" >&2
    exit 1
  fi
  if [ -n "${!file_name:-}" ]; then export "$name"="$(<"${!file_name}")"; fi
  if [ -z "${!name:-}" ]; then export "$name"="${2:-}"; fi
  unset "$file_name"
}

# psql as the superuser by the local socket; init scripts call it under upstream's name too.
docker_process_sql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" \
    ${POSTGRES_DB:+--dbname "$POSTGRES_DB"} "$@"
}

run_init_files() {
  # Sourced scripts may use upstream's array form.
  psql=(docker_process_sql)
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        echo "running $file"
        if [ -x "$file" ]; then "$file"; else . "$file"; fi
        ;;
      *.sql) echo "running $file" && docker_process_sql -f "$file" ;;
      *.sql.gz) echo "running $file" && gunzip -c "$file" | docker_process_sql ;;
      *.sql.xz) echo "running $file" && xzcat "$file" | docker_process_sql ;;
      *.sql.zst) echo "running $file" && zstd -dc "$file" | docker_process_sql ;;
      /docker-entrypoint-initdb.d/\*) ;;
      *) echo "ignoring $file" ;;
    esac
  done
}

initialise() {
  local method=${POSTGRES_HOST_AUTH_METHOD:-}
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
    echo "error: the database is empty and has no superuser password: set POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD" >&2
    exit 1
  fi
  if [ "$method" = trust ]; then
    echo "warning: POSTGRES_HOST_AUTH_METHOD=trust lets anyone who reaches the port in" >&2
  fi
  local wal=()
  if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
    mkdir -p -m 700 "$POSTGRES_INITDB_WALDIR"
    wal=(--waldir "$POSTGRES_INITDB_WALDIR")
  fi
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${wal[@]}" '"$POSTGRES_INITDB_ARGS"
  : "${method:=$(postgres -C password_encryption "$@")}"
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -w -o "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")" start
  if [ "$POSTGRES_DB" != postgres ]; then
    echo 'CREATE DATABASE :"name";' | POSTGRES_DB='' docker_process_sql --dbname postgres --set name="$POSTGRES_DB"
  fi
  run_init_files
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
  echo "the database is initialised"
}

wants_help() {
  local argument
  for argument; do
    case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
  done
  return 1
}

if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
if [ "$1" = postgres ] && ! wants_help "$@"; then
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA" || true
  if [ "$(id -u)" = 0 ]; then
    echo "error: Postgres does not run as root: run this image as user 999" >&2
    exit 1
  fi
  if [ ! -s "$PGDATA/PG_VERSION" ]; then initialise "${@:2}"; fi
fi
exec "$@"
