// The receiver's entry: `node embedded/receiver/main.ts`. Settings: config.ts.
import { readConfig } from "./config.ts";
import { startReceiver } from "./receiver.ts";

const receiver = await startReceiver(readConfig());
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    void receiver.stop().then(() => process.exit(0));
  });
