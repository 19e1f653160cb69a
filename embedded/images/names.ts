// Completes the names of images.

/** An image's name as containerd stores it: with the registry. */
export function fullName(ref: string): string {
  const [first = "", ...rest] = ref.split("/");
  if (rest.length === 0) return `docker.io/library/${first}`;
  return /[.:]|^localhost$/.test(first) ? ref : `docker.io/${ref}`;
}
