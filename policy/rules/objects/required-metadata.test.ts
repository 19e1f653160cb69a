// What policy required-metadata lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { requiredMetadata } from "./required-metadata.ts";

const labelled = (labels: object, kind = "Service") => object(kind, { metadata: { name: "one", labels } });
const team = { required: [{ kinds: ["Service"], label: "team", matches: "[a-z]+" }] };
const note = { required: [{ annotation: "note" }] };

table(requiredMetadata, {
  passes: {
    "anything without configuration": labelled({}),
    "a label that matches": labelled({ team: "shop" }),
    "another kind": labelled({}, "Secret"),
    "an annotation": object("Secret", { metadata: { name: "one", annotations: { note: "for tests" } } }),
  },
  violates: {
    "no label": [labelled({}), 'metadata.labels["team"]: missing'],
    "another value": [labelled({ team: "Shop 1" }), "'Shop 1' does not match [a-z]+"],
    "no annotation, of any kind": [object("Secret"), 'metadata.annotations["note"]: missing'],
  },
  settings: {
    "a label that matches": team,
    "another kind": team,
    "an annotation": note,
    "no label": team,
    "another value": team,
    "no annotation, of any kind": note,
  },
});
