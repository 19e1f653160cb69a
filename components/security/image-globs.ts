// Patterns of image names as the policy controller reads them.

const allowed = /^[a-zA-Z0-9\-_:/*.@]+$/;
const dockerHub = "index.docker.io/";

/** What a pattern matches: `*` is anything but a slash, `**` anything. Throws where the pattern is not valid. */
export function globExpression(glob: string): RegExp {
  if (!allowed.test(glob))
    throw new Error(
      `'${glob}' is not a valid pattern of image names: letters, digits, - _ : / . @ and * or **, such as ghcr.io/acme/**`,
    );
  const source = glob.replaceAll(".", "\\.").replaceAll("**", "#").replaceAll("*", "[^/]*").replaceAll("#", ".*");
  return new RegExp(`^${source}$`);
}

/** Whether a pattern matches an image's full reference. */
export function globMatches(glob: string, ref: string): boolean {
  const pattern = glob === "*" ? `${dockerHub}library/*` : glob === "*/*" ? `${dockerHub}*/*` : glob;
  const expression = globExpression(pattern);
  return expression.test(resolved(ref)) || expression.test(ref);
}

/** A reference as the controller sees it: Docker Hub by its own name, and one of tag and digest by its digest. */
function resolved(ref: string): string {
  const byDigest = ref.includes("@") ? ref.replace(/:[^:/@]+@/, "@") : ref;
  return byDigest.replace(/^docker\.io\//, dockerHub);
}
