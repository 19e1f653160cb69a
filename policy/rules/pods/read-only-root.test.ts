// What policy read-only-root lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { readOnlyRoot } from "./read-only-root.ts";

table(readOnlyRoot, {
  passes: {
    "files that stay": deployment(),
    "a pod for Windows, which has no such setting": deployment({ os: { name: "windows" } }, { securityContext: {} }),
  },
  violates: { "files to write to": [deployment({}, { securityContext: {} }), "readOnlyRootFilesystem"] },
});
