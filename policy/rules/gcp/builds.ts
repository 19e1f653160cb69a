// Builds must have few rights, pinned builders, and a signed provenance.
import { block, blockAt, gcpRule } from "../../kinds/gcp.ts";
import { each, independently } from "../../unknown.ts";
import { isText, items } from "../../values.ts";

export const builds = gcpRule({
  name: "cloud-build",
  types: ["gcp:cloudbuild/trigger:Trigger"],
  severity: "medium",
  description:
    "Builds run as an account of their own, with pinned builders, and record a provenance that Google signs.",
  remedy: "Set serviceAccount, build.options.requestedVerifyOption to VERIFIED, and a version in each step's name.",
  check: (props, report) =>
    independently(
      () => {
        if (!isText(props.serviceAccount))
          report("serviceAccount", "the build has the project's default rights", "name an account of its own");
      },
      () => {
        // Without it the steps are in a file of the repository.
        if (props.build !== undefined && blockAt(props, "build", "options").requestedVerifyOption !== "VERIFIED")
          report("build.options.requestedVerifyOption", "nothing proves where an image comes from", "set VERIFIED");
      },
      () =>
        each(items(block(props.build).steps), ({ name }, i) => {
          if (!/(:(?!latest$)[^/:]+|@sha256:[0-9a-f]{64})$/.test(String(name)))
            report(`build.steps[${i}].name`, `${name} may become another builder`, "name a version or a digest");
        }),
    ),
});
