// The operator's entry point: `node operator/main.ts`.
import { run } from "./run.ts";

process.exitCode = await run();
