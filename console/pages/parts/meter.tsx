// How much of a limit is in use, as words and as a bar.
import type { JSX } from "preact";

/** From here on, a limit is close. */
const CLOSE = 0.8;

interface Props {
  name: string;
  words: string;
  /** Of 1. */
  share: number;
}

/** An item of a list with the class `meters`. */
export const Meter = ({ name, words, share }: Props): JSX.Element => (
  <li class={share >= 1 ? "bad" : share >= CLOSE ? "wait" : "good"}>
    <span>{name}</span>
    <span class="number">
      {words}
      {share >= 1 ? ", used up" : share >= CLOSE ? ", close" : ""}
    </span>
    <span class="track" aria-hidden="true">
      <i style={{ width: `${Math.min(100, 100 * share)}%` }} />
    </span>
  </li>
);
