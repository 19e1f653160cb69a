// What a program needs to know to talk to one API server.

/** How to reach one API server, and with which credentials. */
export interface Connection {
  /** URL of the API server without a slash at its end; its path, if it has one, is put before the path of every request. */
  server: string;
  /** Namespace of objects that don't name one, as the kubeconfig's context or the pod's account says. */
  namespace?: string;
  /** Authorities that may vouch for the server, as PEM; undefined means the system's. */
  ca?: string;
  /** Name that the server's certificate must carry, if it is not the URL's. */
  serverName?: string;
  /** Skip the check of the server's certificate. */
  insecure?: boolean;
  /** URL of the proxy: http, https or socks5, perhaps with a user and a password. */
  proxy?: string;
  /** Headers of every request, such as those of impersonation. */
  headers?: Readonly<Record<string, string | string[]>>;
  /** Absent for anonymous requests. */
  credentials?: CredentialSource;
}

/** What a client authenticates with. */
export interface Credentials {
  /** Value of the Authorization header. */
  authorization?: string;
  /** Client certificate and its key, as PEM. */
  cert?: string;
  key?: string;
}

/** The client has no credentials: a plugin failed, or a file can't be read. */
export class CredentialsError extends Error {}

/**
 * The current credentials: the same object as long as they don't change. Called before each request, since they are renewed.
 *
 * @param rejected the credentials that the API server has just answered 401 to: others are returned, if there are any
 */
export type CredentialSource = (rejected?: Credentials) => Promise<Credentials>;
