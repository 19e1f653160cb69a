// The console's entry point: `node console/main.ts`.
import { run } from "./run.ts";

process.exitCode = await run();
