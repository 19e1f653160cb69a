#!/bin/sh
# Upstream's contract: arguments that don't start with "minio" are given to it.
[ "${1-}" = minio ] || [ -z "${1-}" ] || set -- minio "$@"
exec "$@"
