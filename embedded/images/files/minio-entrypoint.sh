#!/bin/sh
# As in upstream's image, arguments that don't begin with "minio" are passed to it.
[ "${1-}" = minio ] || [ -z "${1-}" ] || set -- minio "$@"
exec "$@"
