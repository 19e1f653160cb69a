#!/bin/sh
# As in upstream's image, all arguments are the proxy's.
exec litellm "$@"
