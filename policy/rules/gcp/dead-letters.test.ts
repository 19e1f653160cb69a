// What policy pubsub-dead-letters lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { deadLetters } from "./dead-letters.ts";

const subscription = (props: object, name = "work") => gcp("pubsub/subscription:Subscription", { name, ...props });

table(deadLetters, {
  passes: {
    both: subscription({ deadLetterPolicy: { deadLetterTopic: "t" }, retryPolicy: { minimumBackoff: "10s" } }),
    "what reads the dead letters": subscription({}, "work-dead-letters"),
  },
  violates: { neither: [subscription({}), "deadLetterTopic", "retryPolicy"] },
});
