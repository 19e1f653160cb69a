// Connections to an API server through a proxy, whether a kubeconfig's `proxy-url` or the environment names it.
import { rootCertificates } from "node:tls";
import { SocksClient } from "socks";
import type { Connection, Credentials } from "./connection.ts";
import { tlsOptions } from "./tls.ts";
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from "./undici.ts";

/** Limits of a pool of connections. */
export interface PoolOptions {
  /** Most connections at once; undefined for no limit. */
  connections?: number;
  /** Milliseconds after which a connection that isn't accepted fails. */
  connectTimeoutMs: number;
}

/**
 * Connections to `origin` through the connection's proxy: an HTTP proxy gets CONNECT for HTTPS and whole URLs for HTTP; a SOCKS5 proxy
 * gets the server's name and looks it up itself.
 */
export function throughProxy(
  connection: Connection & { proxy: string },
  credentials: Credentials,
  origin: string,
  { connections, connectTimeoutMs: timeout }: PoolOptions,
): Dispatcher {
  const proxy = new URL(connection.proxy);
  const tls = { ...tlsOptions(connection, credentials), timeout };
  const pool = connections === undefined ? {} : { connections };
  if (proxy.protocol === "socks5:") return new Pool(origin, { ...pool, connect: bySocks(proxy, tls) });
  return new ProxyAgent({
    ...pool,
    uri: proxy.href,
    connectTimeout: timeout,
    requestTls: tls,
    // As in client-go, the cluster's authority may vouch for the proxy, too, and the proxy doesn't get the client's certificate.
    proxyTls: {
      timeout,
      rejectUnauthorized: !connection.insecure,
      ...(connection.ca ? { ca: [connection.ca, ...rootCertificates] } : {}),
    },
  });
}

type Connector = ReturnType<typeof buildConnector>;

function bySocks(proxy: URL, tls: Parameters<typeof buildConnector>[0] & { timeout: number }): Connector {
  const secure = buildConnector(tls);
  const withoutBrackets = (host: string) => host.replace(/^\[|\]$/g, "");
  return (options, callback) => {
    const { hostname, port, protocol } = options;
    SocksClient.createConnection({
      command: "connect",
      timeout: tls.timeout,
      proxy: {
        type: 5,
        host: withoutBrackets(proxy.hostname),
        port: Number(proxy.port || 1080),
        ...(proxy.username
          ? { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }
          : {}),
      },
      destination: { host: withoutBrackets(hostname), port: Number(port) || (protocol === "https:" ? 443 : 80) },
    }).then(
      ({ socket }) => {
        if (protocol === "https:") secure({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: Error) => callback(error, null),
    );
  };
}

/** The proxy's URL for messages: without its password. */
export function withoutPassword(proxy: string): string {
  const url = new URL(proxy);
  if (url.password) url.password = "***";
  return url.href.replace(/\/$/, "");
}
