#!/bin/sh
# Upstream's contract: this is the image's command. No X server is started: Chromium runs headless.
exec node build/index.js "$@"
