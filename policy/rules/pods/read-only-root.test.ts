import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { readOnlyRoot } from "./read-only-root.ts";

table(readOnlyRoot, {
  passes: { "files that stay": deployment() },
  violates: { "files to write to": [deployment({}, { securityContext: {} }), "readOnlyRootFilesystem"] },
});
