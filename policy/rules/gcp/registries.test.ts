// What policy artifact-registry lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { registries } from "./registries.ts";

const repository = (props: object) => gcp("artifactregistry/repository:Repository", { format: "DOCKER", ...props });
const vulnerabilityScanningConfig = { enablementConfig: "INHERITED" };

table(registries, {
  passes: {
    both: repository({ dockerConfig: { immutableTags: true }, vulnerabilityScanningConfig }),
    "a copy of another's": repository({ mode: "REMOTE_REPOSITORY", vulnerabilityScanningConfig }),
    "packages of another kind": repository({ format: "NPM" }),
  },
  violates: { neither: [repository({}), "immutableTags", "vulnerabilityScanningConfig"] },
});
