// What a program needs to know to speak with one API server.

/** How to reach one API server, and who to be there. */
export interface Connection {
  /** URL of the API server without a slash at its end; its path, if it has one, is a prefix of every request's. */
  server: string;
  /** Namespace of what names none, as the kubeconfig's context or the pod's account says. */
  namespace?: string;
  /** Authorities that may vouch for the server, as PEM; undefined means the system's. */
  ca?: string;
  /** Name that the server's certificate must carry, where it is another one than the URL's. */
  serverName?: string;
  /** Skip the check of the server's certificate. */
  insecure?: boolean;
  /** URL of the proxy between: http, https or socks5, perhaps with a user and a password. */
  proxy?: string;
  /** Headers of every request, such as those of impersonation. */
  headers?: Readonly<Record<string, string | string[]>>;
  /** Who to be; absent for nobody in particular. */
  credentials?: CredentialSource;
}

/** What a client shows to be somebody. */
export interface Credentials {
  /** Value of the Authorization header. */
  authorization?: string;
  /** Client certificate and its key, as PEM. */
  cert?: string;
  key?: string;
}

/** There are no credentials to show: a plugin failed, a file can't be read. */
export class CredentialsError extends Error {}

/**
 * The credentials of the moment: the same object as long as they are the same. Asked for before each request, since they are
 * renewed.
 *
 * @param rejected what the API server has just answered 401 to: others are got, if there are others
 */
export type CredentialSource = (rejected?: Credentials) => Promise<Credentials>;
