// What policy nat-logging lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { natLogging } from "./nat-logging.ts";

const nat = (logConfig?: object) => gcp("compute/routerNat:RouterNat", { logConfig });

table(natLogging, {
  passes: {
    errors: nat({ enable: true, filter: "ERRORS_ONLY" }),
    everything: nat({ enable: true, filter: "ALL" }),
  },
  violates: {
    nothing: [nat(), "logConfig.enable"],
    off: [nat({ enable: false, filter: "ALL" }), "pods run out of ports"],
    "only what works": [nat({ enable: true, filter: "TRANSLATIONS_ONLY" }), "leaves out failed connections"],
  },
});
