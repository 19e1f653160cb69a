#!/bin/sh
# Upstream's contract: all arguments are the proxy's.
exec litellm "$@"
