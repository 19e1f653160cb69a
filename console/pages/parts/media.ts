// Whether the screen is as narrow as a phone's; the same width as in the style sheets.
import { signal } from "@preact/signals";

const query = matchMedia("(max-width: 759px)");
export const narrow = signal(query.matches);
query.addEventListener("change", ({ matches }) => {
  narrow.value = matches;
});
