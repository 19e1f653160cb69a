// Which of a page's texts people see, by the browser's layout and its picture: a style may hide text from them, but not from
// whoever reads the source.
import type { TextBox } from "@agentic/api/artifacts.ts";
import { squeeze } from "../core/readable.ts";
import { type Color, colorOf, distance, type Layer, Layers, over } from "./layers.ts";
import type { Picture, Rect } from "./png.ts";
import { withoutText } from "./rendered.ts";
import type { Layout, SnapshotNode } from "./snapshot.ts";

/**
 * A page's texts in document order, each with what of it is shown: all (1), nothing (0), or the part. Adjacent texts are one,
 * blank ones and those of elements without text, such as scripts, are left out, and whitespace is squeezed.
 */
export type ShownTexts = [text: string, shown: 0 | 1 | string][];

/** What a picture shows of a page's texts, and where: by text the least rectangle around what is shown, in whole pixels; null where nothing is. */
export interface Shown {
  texts: ShownTexts;
  boxes: (TextBox | null)[];
}

/** Pixels of a line of text, below which nobody reads it. */
const MIN_HEIGHT = 6;

/** Width of a letter in parts of its font's size, below which letters stand on one another. */
const MIN_WIDTH = 0.05;

/** Distance of a text's color from what is behind it, of 441: below it, it is a trace that nobody notices. */
const MIN_CONTRAST = 64;

/** The same between the pixels of the picture, where thin letters are paler than their color. */
const MIN_DIFFERENCE = 40;

/** Where a line is looked at, in parts of its width, and at how many places it must be seen. */
const PLACES = [0.1, 0.3, 0.5, 0.7, 0.9];
const MIN_PLACES = 3;

/** Letters of a line from which on each of these parts has some. */
const MIN_LETTERS = 20;

/** Pixels that are read for all texts of a page; those of a whole large picture ten times. */
const MAX_PIXELS = 200_000_000;

const WHITE: Color = [255, 255, 255, 1];

/** Elements that are drawn as pictures. */
const pictures = new Set("canvas embed iframe img input object svg video".split(" "));

/** Filters that may make text unreadable; others, such as a shadow, do not. */
const BLINDING = /(?:opacity|blur|brightness|contrast)\(/;

/** What an element hands on to those in it. */
interface Inherited {
  /** The product of all opacities. */
  opacity: number;
  /** Whether something cuts or blends its picture in a way that is not computed here. */
  isObscured: boolean;
  isWithoutText: boolean;
  /** What may be seen of a child in the flow, of an absolute one, and of a fixed one. */
  flow: Rect;
  absolute: Rect;
  fixed: Rect;
}

/** The texts of a page and what the picture shows of each. Throws an error where that takes too long. */
export function shownTexts(nodes: readonly SnapshotNode[], picture: Picture): Shown {
  const page: Rect = { left: 0, top: 0, right: picture.width, bottom: picture.height };
  const top: Inherited = {
    ...{ opacity: 1, isObscured: false, isWithoutText: false },
    ...{ flow: page, absolute: page, fixed: page },
  };
  const root = nodes.find(({ name }) => name === "html");
  const inherited: Inherited[] = [];
  const layers: Layer[] = [];
  // A parent stands before its children, so that one walk is enough, however deep they are.
  for (const [index, node] of nodes.entries()) {
    const parent = inherited[node.parent] ?? top;
    inherited.push(node.isText ? parent : handedOn(node, parent, root?.layout));
    const layer = node.isText ? undefined : layerOf(node, parent, index);
    if (layer) layers.push(layer);
  }
  const view: View = { layers: new Layers(layers, canvasOf(nodes), picture.height), picture, pixels: 0 };
  const shown: Shown = { texts: [], boxes: [] };
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index];
    const parent = node && (inherited[node.parent] ?? top);
    if (!node?.isText || !parent || parent.isWithoutText) continue;
    const adjacent = [{ node, index }];
    // The browser splits a long text, the reader of the source doesn't.
    for (let next = nodes[index + 1]; next?.isText && next.parent === node.parent; next = nodes[index + 1])
      adjacent.push({ node: next, index: ++index });
    const text = squeeze(adjacent.map(({ node: { value } }) => value).join(""));
    if (!text) continue;
    const { part, box } = shownOf(adjacent, parent, view);
    shown.texts.push([text, part]);
    shown.boxes.push(box);
  }
  return shown;
}

function intersection(first: Rect, second: Rect): Rect {
  return {
    left: Math.max(first.left, second.left),
    top: Math.max(first.top, second.top),
    right: Math.min(first.right, second.right),
    bottom: Math.min(first.bottom, second.bottom),
  };
}

const areaOf = ({ left, top, right, bottom }: Rect): number => Math.max(right - left, 0) * Math.max(bottom - top, 0);

/** What may be seen of the element itself: an absolute one is cut by those that it is placed in, not by those around it. */
function ownClip(layout: Layout, parent: Inherited): Rect {
  const position = layout.style("position");
  return position === "absolute" ? parent.absolute : position === "fixed" ? parent.fixed : parent.flow;
}

function handedOn({ name, layout }: SnapshotNode, parent: Inherited, root: Layout | undefined): Inherited {
  const isWithoutText = parent.isWithoutText || withoutText.has(name);
  if (!layout) return { ...parent, isWithoutText };
  const own = ownClip(layout, parent);
  const flow = clips(name, root) ? clipped(layout, own) : own;
  const isTransformed = layout.style("transform") !== "none" || layout.style("filter") !== "none";
  return {
    opacity: parent.opacity * Number(layout.style("opacity") || 1),
    isObscured: parent.isObscured || obscures(layout),
    isWithoutText,
    flow,
    absolute: isTransformed || layout.style("position") !== "static" ? flow : parent.absolute,
    fixed: isTransformed ? flow : parent.fixed,
  };
}

/** Whether an element cuts off what doesn't fit into it. What the root asks for, or the body in its place, is the window's matter. */
function clips(name: string, root: Layout | undefined): boolean {
  const isRootPlain = root?.style("overflow-x") === "visible" && root.style("overflow-y") === "visible";
  return name !== "html" && !(name === "body" && isRootPlain);
}

function clipped(layout: Layout, own: Rect): Rect {
  const inside = intersection(own, layout.rect);
  const isPainted = /paint|strict|content/.test(layout.style("contain"));
  const isCut = (axis: "overflow-x" | "overflow-y") => isPainted || layout.style(axis) !== "visible";
  return {
    left: isCut("overflow-x") ? inside.left : own.left,
    right: isCut("overflow-x") ? inside.right : own.right,
    top: isCut("overflow-y") ? inside.top : own.top,
    bottom: isCut("overflow-y") ? inside.bottom : own.bottom,
  };
}

function obscures(layout: Layout): boolean {
  const isPlaced = /absolute|fixed/.test(layout.style("position"));
  return (
    layout.style("clip-path") !== "none" ||
    layout.style("mask-image") !== "none" ||
    layout.style("mix-blend-mode") !== "normal" ||
    BLINDING.test(layout.style("filter")) ||
    (isPlaced && layout.style("clip") !== "auto")
  );
}

/** The element as something that covers others, or stands behind them. */
function layerOf({ name, layout }: SnapshotNode, parent: Inherited, index: number): Layer | undefined {
  if (layout?.style("visibility") !== "visible") return undefined;
  const isPicture = pictures.has(name);
  const background = colorOf(layout.style("background-color"));
  const opacity = parent.opacity * Number(layout.style("opacity") || 1);
  const hasImage = isPicture || !background || layout.style("background-image") !== "none";
  const isUncertain = hasImage || parent.isObscured || obscures(layout);
  if (opacity === 0 || (!hasImage && background[3] === 0)) return undefined;
  const rect = intersection(ownClip(layout, parent), layout.rect);
  if (areaOf(rect) === 0) return undefined;
  return {
    rect,
    order: layout.order,
    index,
    color:
      isUncertain || !background ? undefined : [background[0], background[1], background[2], background[3] * opacity],
    isInline: isPicture || layout.style("display").startsWith("inline-"),
  };
}

/** The color of the page itself: the root's background, else the body's, as CSS propagates it. */
function canvasOf(nodes: readonly SnapshotNode[]): Color {
  for (const tag of ["html", "body"]) {
    const layout = nodes.find(({ name }) => name === tag)?.layout;
    const color = colorOf(layout?.style("background-color") ?? "");
    if (color && color[3] > 0) return over(color, WHITE);
  }
  return WHITE;
}

interface View {
  layers: Layers;
  picture: Picture;
  /** How many pixels were read. */
  pixels: number;
}

function shownOf(
  texts: readonly { node: SnapshotNode; index: number }[],
  parent: Inherited,
  view: View,
): { part: 0 | 1 | string; box: TextBox | null } {
  const boxes = texts.flatMap(({ node: { layout }, index }) =>
    (layout?.boxes ?? []).filter(({ text }) => text.trim() !== "").map((box) => ({ ...box, layout, index })),
  );
  const shown = boxes.filter(
    ({ layout, index, rect, text }) => layout && isShown({ layout, index, rect, text }, parent, view),
  );
  if (shown.length === 0) return { part: 0, box: null };
  const [lefts, tops] = [shown.map(({ rect }) => rect.left), shown.map(({ rect }) => rect.top)];
  const [rights, bottoms] = [shown.map(({ rect }) => rect.right), shown.map(({ rect }) => rect.bottom)];
  // No spread: a text has as many lines as a page may have.
  const least = (of: readonly number[]) => Math.floor(of.reduce((one, other) => Math.min(one, other)));
  const most = (of: readonly number[]) => Math.ceil(of.reduce((one, other) => Math.max(one, other)));
  return {
    part: shown.length === boxes.length ? 1 : squeeze(shown.map(({ text }) => text).join(" ")),
    box: [least(lefts), least(tops), most(rights), most(bottoms)],
  };
}

interface Box {
  layout: Layout;
  index: number;
  rect: Rect;
  text: string;
}

function isShown({ layout, index, rect, text }: Box, parent: Inherited, view: View): boolean {
  const seen = intersection(rect, parent.flow);
  // Text may run downwards.
  const sides = [rect.right - rect.left, rect.bottom - rect.top];
  const [height, width] = [Math.min(...sides), Math.max(...sides)];
  const letter = Number.parseFloat(layout.style("font-size"));
  const fill = colorOf(layout.style("-webkit-text-fill-color"));
  if (
    parent.isObscured ||
    layout.style("visibility") !== "visible" ||
    layout.style("-webkit-text-security") !== "none" ||
    // A single letter may be narrow and low, such as a comma.
    (text.trim().length > 1 && (height < MIN_HEIGHT || letter < MIN_HEIGHT - 1)) ||
    width < MIN_WIDTH * letter * text.length ||
    areaOf(seen) < areaOf(rect) / 2 ||
    (fill && fill[3] * parent.opacity === 0)
  )
    return false;
  const color: Color | undefined = fill && [fill[0], fill[1], fill[2], fill[3] * parent.opacity];
  const places = PLACES.filter((place) => {
    const x = seen.left + place * (seen.right - seen.left);
    const { isCovered, backdrop } = view.layers.around(x, (seen.top + seen.bottom) / 2, { order: layout.order, index });
    return !isCovered && !(backdrop && color && distance(over(color, backdrop), backdrop) < MIN_CONTRAST);
  });
  return places.length >= MIN_PLACES && isMarked(seen, text, view);
}

/** Whether the picture has more than one color there: whatever hides a text, its place is then of one. A few words may hide in one part. */
function isMarked(rect: Rect, text: string, view: View): boolean {
  if (text.trim().length < MIN_LETTERS) return hasMarks(rect, view);
  const size = { x: rect.right - rect.left, y: rect.bottom - rect.top };
  const part = 1 / PLACES.length;
  const marked = PLACES.filter((place) => {
    const [from, to] = [place - part / 2, place + part / 2];
    return hasMarks(
      size.x >= size.y
        ? { ...rect, left: rect.left + from * size.x, right: rect.left + to * size.x }
        : { ...rect, top: rect.top + from * size.y, bottom: rect.top + to * size.y },
      view,
    );
  });
  return marked.length >= MIN_PLACES;
}

function hasMarks(rect: Rect, view: View): boolean {
  const { width, height, depth, pixels } = view.picture;
  const [left, top] = [Math.max(Math.floor(rect.left), 0), Math.max(Math.floor(rect.top), 0)];
  const [right, bottom] = [Math.min(Math.ceil(rect.right), width), Math.min(Math.ceil(rect.bottom), height)];
  const channels = (x: number, y: number) => (y * width + x) * depth;
  const [red = 0, green = 0, blue = 0] = pixels.subarray(channels(left, top), channels(left, top) + 3);
  for (let y = top; y < bottom; y++) {
    view.pixels += right - left;
    if (view.pixels > MAX_PIXELS) throw new Error("it has too much text above each other to compare");
    for (let at = channels(left, y); at < channels(right, y); at += depth) {
      const [r = 0, g = 0, b = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]];
      if ((r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2 >= MIN_DIFFERENCE ** 2) return true;
    }
  }
  return false;
}
