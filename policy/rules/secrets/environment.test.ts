// What policy secrets-in-environment lets pass, and what violates it.
import { deployment, step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { environment } from "./environment.ts";

const env = [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];

table(environment, {
  passes: {
    "a file's path": deployment({}, { env: [{ name: "TOKEN_FILE", value: "/etc/secrets/token" }] }),
    "a field": deployment({}, { env: [{ name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
    "who reads it from nowhere else": deployment({}, { env }),
  },
  violates: {
    "a key of a Secret": [deployment({}, { env }), "(main).env (TOKEN)"],
    "a whole Secret": [deployment({}, { envFrom: [{ secretRef: { name: "s" } }] }), "Secret s in the environment"],
    "a workflow's step": [workflow({ templates: [step({}, { env })] }), "templates[0] (step).container.env (TOKEN)"],
  },
  settings: { "who reads it from nowhere else": { containers: ["main"] } },
});
