#!/bin/sh
# The image's command, as in upstream's image. It starts no X server, because Chromium runs headless.
exec node build/index.js "$@"
