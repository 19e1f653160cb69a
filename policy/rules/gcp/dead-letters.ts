// Subscriptions must move undeliverable messages to a dead-letter topic.
import { block, gcpRule, isNamed } from "../../kinds/gcp.ts";
import { independently } from "../../unknown.ts";
import { isText } from "../../values.ts";

export const deadLetters = gcpRule({
  name: "pubsub-dead-letters",
  types: ["gcp:pubsub/subscription:Subscription"],
  severity: "low",
  description:
    "Subscriptions move undeliverable messages to a dead-letter topic, and wait longer before each new attempt.",
  remedy: "Set deadLetterPolicy and retryPolicy.",
  settings: {
    drains: {
      type: "array",
      items: { type: "string" },
      default: ["dead"],
      description: "A subscription whose name contains one of these reads a dead-letter topic.",
    },
  },
  check: (props, report, { args, setting }) => {
    if (isNamed(setting<string[]>("drains"), args.name, () => props.name)) return;
    independently(
      () => {
        if (!isText(block(props.deadLetterPolicy).deadLetterTopic))
          report(
            "deadLetterPolicy.deadLetterTopic",
            "an undeliverable message is sent again without end",
            "name a dead-letter topic",
          );
      },
      () => {
        if (Object.keys(block(props.retryPolicy)).length === 0)
          report(
            "retryPolicy",
            "a failed message is sent again without a pause",
            "set minimumBackoff and maximumBackoff",
          );
      },
    );
  },
});
