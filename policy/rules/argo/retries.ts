// Steps must be retried with a limit and a growing pause.
import { stepRule } from "../../kinds/workflows.ts";
import { independently } from "../../unknown.ts";
import { fields, isText } from "../../values.ts";

export const retries = stepRule({
  name: "workflow-retries",
  severity: "medium",
  description: "Steps are retried up to a limit, with a growing pause.",
  remedy: "Give the template a retryStrategy with limit and backoff.",
  check: ({ template, path }, report, { spec }) => {
    const retry = fields(template.retryStrategy ?? fields(spec.templateDefaults).retryStrategy ?? spec.retryStrategy);
    independently(
      () => {
        if (retry.limit === undefined)
          report(`${path}.retryStrategy.limit`, "a short outage fails the workflow", "set how often it is retried");
      },
      () => {
        if (!isText(fields(retry.backoff).duration))
          report(
            `${path}.retryStrategy.backoff`,
            "it is retried without a pause",
            "set backoff.duration and backoff.factor",
          );
      },
    );
  },
});
