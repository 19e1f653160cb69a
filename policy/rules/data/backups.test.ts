// What policy backups lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { backups } from "./backups.ts";

const metadata = { name: "one", annotations: { "agentic.io/backup": "nightly by the plan 'data'" } };

table(backups, {
  passes: {
    "a backup": object("PersistentVolumeClaim", { metadata }),
    "no data": object("StatefulSet", { spec: {} }),
  },
  violates: {
    "a claim": [object("PersistentVolumeClaim"), "agentic.io/backup"],
    "a set": [
      object("StatefulSet", { spec: { volumeClaimTemplates: [{}] } }),
      "nothing says how the data are restored",
    ],
  },
});
