// Containers must not change the files of their image.
import { containerRule, isOfWindows, setContext } from "../../kinds/pods.ts";
import { fields } from "../../values.ts";

export const readOnlyRoot = containerRule({
  name: "read-only-root",
  severity: "medium",
  description: "Containers can't change the files of their image.",
  remedy: "Set securityContext.readOnlyRootFilesystem to true, with an emptyDir where it must write.",
  exempts: isOfWindows,
  check: ({ container, path }, report) => {
    if (fields(container.securityContext).readOnlyRootFilesystem !== true)
      report(
        `${path}.securityContext.readOnlyRootFilesystem`,
        "the image's files can be changed",
        "set true, with an emptyDir to write to",
      );
  },
  fix: (container) => setContext(container, "readOnlyRootFilesystem", true),
});
