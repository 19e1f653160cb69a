// The way to an API server through a proxy, whoever names it: a kubeconfig's `proxy-url` or the environment.
import { rootCertificates } from "node:tls";
import { SocksClient } from "socks";
import type { Connection, Credentials } from "./connection.ts";
import { tlsOptions } from "./tls.ts";
import { buildConnector, type Dispatcher, Pool, proxyAgent } from "./undici.ts";

/** What a pool of connections is like, beside where it leads. */
export interface PoolOptions {
  /** Connections at once; undefined for as many as are asked for. */
  connections?: number;
  /** Milliseconds until a server that doesn't take a connection counts as gone. */
  connectTimeoutMs: number;
}

/**
 * Connections to `origin` by way of the connection's proxy: CONNECT for HTTPS and whole URLs for HTTP where the proxy speaks HTTP,
 * a SOCKS5 connection else, with names that the proxy looks up.
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
  const ProxyAgent = proxyAgent();
  return new ProxyAgent({
    ...pool,
    uri: proxy.href,
    connectTimeout: timeout,
    requestTls: tls,
    // As client-go has it, the cluster's authority may vouch for the proxy, too; it isn't shown the client's certificate.
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
  const bare = (host: string) => host.replace(/^\[|\]$/g, "");
  return (options, callback) => {
    const { hostname, port, protocol } = options;
    SocksClient.createConnection({
      command: "connect",
      timeout: tls.timeout,
      proxy: {
        type: 5,
        host: bare(proxy.hostname),
        port: Number(proxy.port || 1080),
        ...(proxy.username
          ? { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }
          : {}),
      },
      destination: { host: bare(hostname), port: Number(port) || (protocol === "https:" ? 443 : 80) },
    }).then(
      ({ socket }) => {
        if (protocol === "https:") secure({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: Error) => callback(error, null),
    );
  };
}

/** The proxy's URL as it may be shown: without its password. */
export function shownProxy(proxy: string): string {
  const url = new URL(proxy);
  if (url.password) url.password = "***";
  return url.href.replace(/\/$/, "");
}
