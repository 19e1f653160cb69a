// What of a picture its frame shows, and how large.

export interface View {
  x: number;
  y: number;
  scale: number;
}

const SMALLEST = 0.25;
const LARGEST = 2.5;
/** The view with another scale, in which the point at `x`, `y` of the frame stays where it is. */
export function zoomed(view: View, factor: number, { x, y }: { x: number; y: number }): View {
  const scale = Math.min(Math.max(view.scale * factor, SMALLEST), LARGEST);
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** The view that shows all of a picture in the middle of its frame, no larger than it is. */
export function fitting(picture: { width: number; height: number }, frame: { width: number; height: number }): View {
  const scale = Math.max(Math.min(1, frame.width / picture.width, frame.height / picture.height), SMALLEST);
  return { scale, x: (frame.width - picture.width * scale) / 2, y: (frame.height - picture.height * scale) / 2 };
}
