// Schemas of a model's answers: what a screenshot shows, and a summary of all pages.
import { type Static, Type } from "typebox";

/** The model's description of a screenshot. */
export const ScreenshotReading = Type.Object(
  {
    description: Type.String({ description: "What the screenshot shows, 1 or 2 sentences." }),
    text_in_images: Type.Array(Type.String(), {
      description:
        "Text that can be read on the screenshot but is missing from the page's own text, such as in pictures.",
    }),
  },
  { additionalProperties: false },
);

/** The model's summary of all pages. */
export const Overview = Type.Object(
  {
    summary: Type.String({ description: "What the pages together say on the objective, 2 to 8 sentences." }),
    key_facts: Type.Array(Type.String(), { description: "The facts that matter most, one sentence each, at most 12." }),
  },
  { additionalProperties: false },
);
export type Overview = Static<typeof Overview>;
