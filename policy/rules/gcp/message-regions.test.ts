// What policy pubsub-regions lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { messageRegions } from "./message-regions.ts";

const topic = (messageStoragePolicy?: object) => gcp("pubsub/topic:Topic", { messageStoragePolicy });

table(messageRegions, {
  passes: { "one region": topic({ allowedPersistenceRegions: ["europe-west1"] }) },
  violates: {
    none: [topic(), "messages are kept in any region"],
    empty: [topic({ allowedPersistenceRegions: [] }), "any"],
  },
});
