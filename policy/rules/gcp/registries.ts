// Image repositories must have immutable tags and be scanned.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { anyOf, independently } from "../../unknown.ts";

export const registries = gcpRule({
  name: "artifact-registry",
  types: ["gcp:artifactregistry/repository:Repository"],
  severity: "medium",
  description: "Image repositories have immutable tags and are scanned.",
  remedy: "Set dockerConfig.immutableTags to true and vulnerabilityScanningConfig.enablementConfig to INHERITED.",
  check: (props, report) => {
    if (props.format !== "DOCKER") return;
    independently(
      () => {
        const isFixed = anyOf(
          () => props.mode === "REMOTE_REPOSITORY" || props.mode === "VIRTUAL_REPOSITORY",
          () => block(props.dockerConfig).immutableTags === true,
        );
        if (!isFixed) report("dockerConfig.immutableTags", "a tag may be moved to another image", "set true");
      },
      () => {
        if (block(props.vulnerabilityScanningConfig).enablementConfig !== "INHERITED")
          report(
            "vulnerabilityScanningConfig.enablementConfig",
            "images are not scanned for known vulnerabilities",
            "set INHERITED",
          );
      },
    );
  },
});
