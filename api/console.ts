// What the console is known by: its Service, and how a person with a token is led into a signed-in page.

/** Name of the console's Deployment, Service and account, as of its pods' label. */
export const CONSOLE_NAME = "agentic-console";

/** Secret with its certificate, its key and the authority's certificate. */
export const CONSOLE_TLS_SECRET = `${CONSOLE_NAME}-tls`;

/** Port of its pages and its API, of the pods and of the Service. */
export const CONSOLE_PORT = 8443;

/** POST with a bearer token: a one-time code, which stands for the token while a browser is opened. */
export const CODES_PATH = "/api/session/codes";

/** The page that signs in. A code stands behind `#`, which browsers send to no server and write into no log. */
export const SIGN_IN_PAGE = "/sign-in";

/** The page that signs in with this code and goes on to another page of the console. */
export const signInAddress = (origin: string, code: string, page = "/"): string =>
  `${origin}${SIGN_IN_PAGE}${page === "/" ? "" : `?return=${encodeURIComponent(page)}`}#code=${encodeURIComponent(code)}`;
