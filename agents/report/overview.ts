// What a model is asked for the report: what each screenshot shows, and what all pages together say.
import { type Static, Type } from "typebox";

/** What the model sees on a screenshot. */
export const Sight = Type.Object(
  {
    description: Type.String({ description: "What the screenshot shows, 1 or 2 sentences." }),
    text_in_images: Type.Array(Type.String(), {
      description:
        "Text that can be read on the screenshot but is missing from the page's own text, such as in pictures.",
    }),
  },
  { additionalProperties: false },
);

/** What all pages together say on the objective. */
export const Overview = Type.Object(
  {
    summary: Type.String({ description: "What the pages together say on the objective, 2 to 8 sentences." }),
    key_facts: Type.Array(Type.String(), { description: "The facts that matter most, one sentence each, at most 12." }),
  },
  { additionalProperties: false },
);

/** What was seen of one page; without a screenshot, why. */
export type Seen = { n: number; screenshot?: string; sight?: Static<typeof Sight>; problem?: string };
export type Overview = Static<typeof Overview>;
