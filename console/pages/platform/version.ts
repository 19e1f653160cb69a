// The version of a component, as its image has it.

/** The tag of an image, or the beginning of its digest. */
export function versionOf(image: string): string {
  const [name = "", digest] = image.split("@sha256:");
  const tag = /:([^:/]+)$/.exec(name)?.[1];
  return tag ?? (digest ? digest.slice(0, 12) : "");
}
