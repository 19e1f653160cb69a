// The cookies of one page's redirects: sites set one and ask whether it comes back before they show a page.
import { parseCookie } from "undici";

/** Cookies of one host, and characters of each. */
const MAX_COOKIES = 50;
const MAX_LENGTH = 4_096;

interface Kept {
  text: string;
  path: string;
  secure: boolean;
}

/** Kept for the host alone that sent them: without a list of public suffixes no Domain attribute is safe. */
export class Cookies {
  readonly #hosts = new Map<string, Map<string, Kept>>();

  /** Keeps what an answer from `url` sets, and drops what it takes back. */
  take(url: URL, headers: string | string[] | undefined): void {
    const jar = this.#hosts.get(url.hostname) ?? new Map<string, Kept>();
    this.#hosts.set(url.hostname, jar);
    for (const header of [headers ?? []].flat()) {
      const cookie = header.length > MAX_LENGTH ? null : parseCookie(header);
      if (!cookie) continue;
      const { name, value, maxAge, expires, path, secure = false } = cookie;
      const key = `${name};${path ?? ""}`;
      const ends = maxAge === undefined ? expires && Number(expires) : Date.now() + maxAge * 1000;
      if (ends !== undefined && ends <= Date.now()) jar.delete(key);
      else if (jar.size < MAX_COOKIES || jar.has(key))
        jar.set(key, { text: `${name}=${value}`, path: path?.startsWith("/") ? path : defaultPath(url), secure });
    }
  }

  /** The Cookie header for a request; empty for none. */
  headerFor(url: URL): string {
    return [...(this.#hosts.get(url.hostname)?.values() ?? [])]
      .filter(({ path, secure }) => (!secure || url.protocol === "https:") && isWithin(url.pathname, path))
      .map(({ text }) => text)
      .join("; ");
  }
}

/** RFC 6265, 5.1.4. */
const defaultPath = ({ pathname }: URL): string => pathname.slice(0, Math.max(pathname.lastIndexOf("/"), 1));

const isWithin = (pathname: string, path: string): boolean =>
  pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
