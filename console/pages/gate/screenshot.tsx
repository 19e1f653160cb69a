// The picture of a page, with the places of findings marked on it; one of them is scrolled to.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { FindingPlace } from "../../contract.ts";

/** Pixels of the screen above the place that is scrolled to. */
const ABOVE = 80;

interface Props {
  href: string;
  /** Of the page. */
  url: string;
  places: readonly FindingPlace[];
  /** The one that is looked at. */
  shown: FindingPlace | undefined;
}

export function Screenshot({ href, url, places, shown }: Props): JSX.Element {
  const frame = useRef<HTMLAnchorElement>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  const boxes = places.flatMap(({ box }) => (box ? [box] : []));
  const looked = shown?.box ?? boxes[0];
  useEffect(() => {
    const { current } = frame;
    if (!current || !size || !looked) return;
    const scale = (current.querySelector("img")?.clientHeight ?? 0) / size.height;
    current.scrollTop = Math.max(0, looked[1] * scale - ABOVE);
    if (shown) current.scrollIntoView({ block: "nearest" });
  }, [size, shown, looked?.[1]]);
  const percent = (part: number, of: number) => `${(100 * part) / of}%`;
  return (
    <a class="screenshot" ref={frame} href={href} target="_blank" rel="noopener" title="The whole picture">
      <img
        src={href}
        alt={`Screenshot of ${url}`}
        loading="lazy"
        onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setSize({ width, height })}
      />
      {size &&
        boxes.map((box) => {
          const [left, top, right, bottom] = box;
          const style = {
            left: percent(left, size.width),
            top: percent(top, size.height),
            width: percent(right - left, size.width),
            height: percent(bottom - top, size.height),
          };
          const isShown = box.join() === shown?.box?.join();
          return <i key={box.join()} class={isShown ? "place shown" : "place"} style={style} aria-hidden="true" />;
        })}
    </a>
  );
}
