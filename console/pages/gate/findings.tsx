// Every finding beside the picture and the address of the page that it comes from.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FindingPlace, GateFinding, GateView, GatePage as Page } from "../../contract.ts";
import type { Tone } from "../parts/phase.tsx";
import { Screenshot } from "./screenshot.tsx";

const TONES: Record<GateFinding["severity"], Tone> = {
  info: "idle",
  low: "busy",
  medium: "wait",
  high: "bad",
  critical: "bad",
};

export function Findings({ gate: { pages, findings } }: { gate: GateView }): JSX.Element {
  const elsewhere = findings.filter(({ page }) => page === undefined);
  return (
    <section class="stack" aria-labelledby="findings">
      <h2 id="findings">
        {findings.length === 0 ? "No findings" : findings.length === 1 ? "1 finding" : `${findings.length} findings`} on{" "}
        {pages.length === 1 ? "1 page" : `${pages.length} pages`}
      </h2>
      {pages.map((page, n) => (
        // Two entries may be of one address: the number tells them apart.
        <PageEvidence key={`${n} ${page.url}`} page={page} findings={findings.filter((each) => each.page === n)} />
      ))}
      {elsewhere.length > 0 && (
        <div class="panel inside-panel stack">
          <h3>Of no page that was to be read</h3>
          <FindingList findings={elsewhere} withUrl />
        </div>
      )}
    </section>
  );
}

function PageEvidence({ page, findings }: { page: Page; findings: readonly GateFinding[] }): JSX.Element {
  const { url, screenshot, problem } = page;
  const [shown, setShown] = useState<FindingPlace>();
  return (
    <article class="panel page-evidence">
      <header>
        <h3>
          <a href={url} target="_blank" rel="noopener noreferrer nofollow">
            {url}
          </a>
        </h3>
      </header>
      <div class="inside beside">
        <div class="stack">
          {problem && <p class="notice wait">{problem}</p>}
          {screenshot ? (
            <Screenshot
              href={screenshot.href}
              url={url}
              places={findings.flatMap(({ places }) => places)}
              shown={shown}
            />
          ) : (
            <p class="no-picture faint">There is no picture of this page.</p>
          )}
        </div>
        {findings.length === 0 ? (
          <p class="faint">The analysis has found nothing here.</p>
        ) : (
          <FindingList findings={findings} {...(screenshot ? { onShow: setShown } : {})} />
        )}
      </div>
    </article>
  );
}

function FindingList({
  findings,
  withUrl = false,
  onShow,
}: {
  findings: readonly GateFinding[];
  withUrl?: boolean;
  /** Shows a place on the picture. */
  onShow?: (place: FindingPlace) => void;
}): JSX.Element {
  return (
    <ul class="findings">
      {findings.map(({ severity, text, url, places }, n) => (
        <li key={`${n} ${text}`}>
          <span class={`badge ${TONES[severity]}`}>{severity}</span>
          <div>
            <p>{text}</p>
            {places.map((place) => (
              <blockquote key={`${place.before} ${place.match}`}>
                {place.before}
                <mark>{place.match}</mark>
                {place.after}
                {place.box && onShow && (
                  <button type="button" class="button" onClick={() => onShow({ ...place })}>
                    Show on the picture
                  </button>
                )}
              </blockquote>
            ))}
            {withUrl && <p class="faint small">{url}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
