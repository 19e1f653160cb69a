// What policy interactive lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { interactive } from "./interactive.ts";

table(interactive, {
  passes: {
    "nothing said": deployment(),
    "both off": deployment({}, { stdin: false, tty: false }),
  },
  violates: {
    "standard input": [deployment({}, { stdin: true }), "stdin: whoever may attach"],
    "a terminal of an init container": [
      deployment({ initContainers: [{ name: "first", image: "localhost/agentic-platform/agents:1.2", tty: true }] }),
      "initContainers[0] (first).tty",
    ],
    "an ephemeral container": [
      deployment({ ephemeralContainers: [{ name: "debug", stdin: true, tty: true }] }),
      "stdin",
      "tty",
    ],
  },
});
