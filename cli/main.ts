#!/usr/bin/env node
// The command `agentic`, which is `kubectl agentic` too.
import "./bin/compile-cache.mjs";

// Once the cache is on: what is imported above comes before it.
await import("./run.ts");
