// What policy secret-file-modes lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { fileModes } from "./file-modes.ts";

const mounted = (defaultMode?: number) =>
  deployment({
    volumes: [
      { name: "tmp", emptyDir: {} },
      { name: "s", secret: { secretName: "s", defaultMode } },
    ],
  });

table(fileModes, {
  passes: { "for the group": mounted(0o440), "for the owner": mounted(0o400) },
  violates: {
    "Kubernetes' default": [mounted(), "volumes[1] (s).secret.defaultMode: 0644"],
    "files to write to": [mounted(0o660), "0660 lets others read it too"],
  },
});
