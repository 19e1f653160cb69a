// What policy privileged lets pass, and what violates it.
import { context, deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { privileged } from "./privileged.ts";

table(privileged, {
  passes: { "a container like any other": deployment() },
  violates: {
    "a privileged one": [
      deployment({}, { securityContext: { ...context, privileged: true } }),
      "(main).securityContext",
    ],
  },
});
