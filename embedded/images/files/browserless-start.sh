#!/bin/sh
# Upstream's contract: this is the image's command. No X server is started: Chromium runs headless.
# The shell stays process 1: unlike Node it reaps the processes that an ended browser leaves behind.
node build/index.js "$@" &
node=$!
trap 'kill -TERM "$node"' TERM INT
while kill -0 "$node" 2>/dev/null; do
  wait "$node"
  code=$?
done
exit "$code"
