// What policy workflow-clean-up lets pass, and what violates it.
import { workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { cleanUp } from "./clean-up.ts";

const podGC = { strategy: "OnPodCompletion" };

table(cleanUp, {
  passes: {
    "one time for all": workflow({ podGC, ttlStrategy: { secondsAfterCompletion: 60 } }),
    "a time for each end": workflow({ podGC, ttlStrategy: { secondsAfterSuccess: 60, secondsAfterFailure: 600 } }),
    "a run of a template": workflow({ workflowTemplateRef: { name: "a" } }),
  },
  violates: {
    neither: [workflow(), "spec.podGC.strategy", "spec.ttlStrategy"],
    "failures stay": [workflow({ podGC, ttlStrategy: { secondsAfterSuccess: 60 } }), "finished runs are never deleted"],
  },
});
