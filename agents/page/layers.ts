// What is painted above and below a point of a page: the boxes with a background or a picture.
import type { Rect } from "./png.ts";

/** Red, green, blue from 0 to 255, and alpha from 0 to 1. */
export type Color = readonly [red: number, green: number, blue: number, alpha: number];

/** A box that covers what is below it. */
export interface Layer {
  rect: Rect;
  order: number;
  /** Its place among the page's nodes. */
  index: number;
  /** Undefined where it has no single color, such as a picture's. */
  color: Color | undefined;
  /** Painted whole among the text around it, as a picture or an inline block: above all that comes before. */
  isInline: boolean;
}

/** What surrounds a point of a text. */
export interface Surroundings {
  /** Whether a box of one color hides it. */
  isCovered: boolean;
  /** The color behind it; undefined where there is a picture. */
  backdrop: Color | undefined;
}

/** Height of the strips in which the boxes are sorted, pixels. */
const STRIP = 64;

/** Boxes that are looked at for all texts of a page: ten times as many as for large real pages. */
const MAX_LOOKS = 10_000_000;

/** From this alpha on, a color hides what is behind it. */
const OPAQUE = 0.9;

const TRANSPARENT: Color = [0, 0, 0, 0];

/** A computed color, such as `rgb(0, 0, 0)` or `rgba(0, 0, 0, 0.5)`; undefined for one in another form. */
export function colorOf(css: string): Color | undefined {
  const [, red, green, blue, alpha = "1"] = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(css) ?? [];
  return red === undefined ? undefined : [Number(red), Number(green), Number(blue), Number(alpha)];
}

/** A color over an opaque one. */
export function over([red, green, blue, alpha]: Color, below: Color): Color {
  const mixed = (top: number, bottom: number) => top * alpha + bottom * (1 - alpha);
  return [mixed(red, below[0]), mixed(green, below[1]), mixed(blue, below[2]), 1];
}

/** How far two opaque colors are from each other: 0 to 441. */
export function distance(a: Color, b: Color): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

export class Layers {
  readonly #strips = new Map<number, Layer[]>();
  readonly #canvas: Color;
  #looks = 0;

  /** `canvas`: the color of the page where there is no box; `height`: of the picture. */
  constructor(layers: readonly Layer[], canvas: Color, height: number) {
    this.#canvas = canvas;
    const topmostFirst = [...layers].sort((a, b) => b.order - a.order || b.index - a.index);
    for (const layer of topmostFirst) {
      const last = Math.floor(Math.min(layer.rect.bottom, height) / STRIP);
      for (let strip = Math.floor(Math.max(layer.rect.top, 0) / STRIP); strip <= last; strip++) {
        this.#look();
        const known = this.#strips.get(strip);
        if (known) known.push(layer);
        else this.#strips.set(strip, [layer]);
      }
    }
  }

  /** What surrounds the text of this order and index at a point. Throws an error where the page has too many boxes. */
  around(x: number, y: number, text: Pick<Layer, "order" | "index">): Surroundings {
    const tints: Color[] = [];
    let backdrop: Color | undefined = this.#canvas;
    for (const layer of this.#strips.get(Math.floor(y / STRIP)) ?? []) {
      this.#look();
      const { rect, color } = layer;
      if (x < rect.left || x >= rect.right || y < rect.top || y >= rect.bottom) continue;
      const isAbove =
        layer.order > text.order || (layer.order === text.order && layer.isInline && layer.index > text.index);
      if (isAbove) {
        if ((color ?? TRANSPARENT)[3] >= OPAQUE) return { isCovered: true, backdrop: color };
      } else if (!color || color[3] >= OPAQUE) {
        backdrop = color;
        break;
      } else tints.push(color);
    }
    return { isCovered: false, backdrop: backdrop && tints.reduceRight((below, tint) => over(tint, below), backdrop) };
  }

  #look(): void {
    if (++this.#looks > MAX_LOOKS) throw new Error("it has too many boxes above each other to compare");
  }
}
