// Completes image names.

/** The name as containerd stores it: with its registry. */
export function fullName(ref: string): string {
  const [first = "", ...rest] = ref.split("/");
  if (rest.length === 0) return `docker.io/library/${first}`;
  return /[.:]|^localhost$/.test(first) ? ref : `docker.io/${ref}`;
}
