// What policy namespace-security lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { namespaceSecurity } from "./namespace-security.ts";

const namespace = (level?: string) =>
  object("Namespace", { metadata: { name: "one", labels: { "pod-security.kubernetes.io/enforce": level } } });

table(namespaceSecurity, {
  passes: { restricted: namespace("restricted") },
  violates: {
    baseline: [namespace("baseline"), "'baseline' allows too much"],
    nothing: [namespace(), "missing"],
  },
});
