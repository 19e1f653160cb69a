#!/usr/bin/env node
// Starts the command: from its sources in the repository, from what is built of them where the package is installed, since Node takes
// types out of no file under node_modules.
import "./compile-cache.mjs";
import { existsSync } from "node:fs";

const sources = new URL("../run.ts", import.meta.url);
await import(existsSync(sources) ? sources : new URL("../dist/run.mjs", import.meta.url));
