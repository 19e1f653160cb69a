// Keeps the cookies of one page's redirects: some sites set a cookie and show a page only to clients that send it back.
import { parseCookie } from "undici";

/** Most cookies of one host, and most characters of each. */
const MAX_COOKIES = 50;
const MAX_LENGTH = 4_096;

interface StoredCookie {
  text: string;
  path: string;
  secure: boolean;
}

/** A cookie goes back only to the host that set it: without a list of public suffixes no Domain attribute is safe. */
export class Cookies {
  readonly #hosts = new Map<string, Map<string, StoredCookie>>();

  /** Stores the cookies that an answer from `url` sets, and deletes those that it ends. */
  store(url: URL, headers: string | string[] | undefined): void {
    const jar = this.#hosts.get(url.hostname) ?? new Map<string, StoredCookie>();
    this.#hosts.set(url.hostname, jar);
    for (const header of [headers ?? []].flat()) {
      const cookie = header.length > MAX_LENGTH ? null : parseCookie(header);
      if (!cookie) continue;
      const { name, value, maxAge, expires, path, secure = false } = cookie;
      const key = `${name};${path ?? ""}`;
      const expiresAt = maxAge === undefined ? expires && Number(expires) : Date.now() + maxAge * 1000;
      if (expiresAt !== undefined && expiresAt <= Date.now()) jar.delete(key);
      else if (jar.size < MAX_COOKIES || jar.has(key))
        jar.set(key, { text: `${name}=${value}`, path: path?.startsWith("/") ? path : defaultPath(url), secure });
    }
  }

  /** The Cookie header for a request; "" if it has no cookies. */
  headerFor(url: URL): string {
    return [...(this.#hosts.get(url.hostname)?.values() ?? [])]
      .filter(({ path, secure }) => (!secure || url.protocol === "https:") && isWithin(url.pathname, path))
      .map(({ text }) => text)
      .join("; ");
  }
}

/** The path of a cookie that names none (RFC 6265, 5.1.4). */
const defaultPath = ({ pathname }: URL): string => pathname.slice(0, Math.max(pathname.lastIndexOf("/"), 1));

const isWithin = (pathname: string, path: string): boolean =>
  pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
