// Reads Retry-After as RFC 9110 §10.2.3 defines it: seconds to wait, or the date of the next try.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const TIME = "(\\d\\d):(\\d\\d):(\\d\\d)";
const MONTH = `(${MONTHS.join("|")})`;

// The three forms of an HTTP-date (RFC 9110 §5.6.7). Date.parse takes more than these, and the last as local time.
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, (\\d\\d) ${MONTH} (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(`^[A-Z][a-z]{5,8}, (\\d\\d)-${MONTH}-(\\d\\d) ${TIME} GMT$`);
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`);

/** An HTTP-date as milliseconds since 1970; undefined for anything else. `now` decides the century of a two-digit year. */
export function parseHttpDate(text: string, now: number = Date.now()): number | undefined {
  const imf = IMF_FIXDATE.exec(text);
  if (imf) return utc(imf[3], imf[2], imf[1], imf.slice(4));
  const asctime = ASCTIME.exec(text);
  if (asctime) return utc(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6));
  const rfc850 = RFC_850.exec(text);
  if (!rfc850) return undefined;
  // A year more than 50 years ahead means the latest past year with the same two digits (RFC 9110 §5.6.7).
  const thisYear = new Date(now).getUTCFullYear();
  const year = Math.floor(thisYear / 100) * 100 + Number(rfc850[3]);
  return utc(String(year > thisYear + 50 ? year - 100 : year), rfc850[2], rfc850[1], rfc850.slice(4));
}

function utc(year = "", month = "", day = "", time: string[] = []): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number);
  const date = Date.UTC(Number(year), MONTHS.indexOf(month), Number(day), hours, minutes, seconds);
  // Date.UTC takes 31 February for a day of March; it takes a leap second (60) for the next minute, which is right.
  const isReal = new Date(date).getUTCDate() === Number(day) && hours < 24 && minutes < 60 && seconds <= 60;
  return isReal ? date : undefined;
}

/**
 * Milliseconds to wait by a Retry-After header: 0 or more. Undefined if the header is missing or invalid. A date has whole
 * seconds, mostly rounded down, so the wait lasts until the end of that second.
 */
export function retryAfterMs(header: string | null | undefined, now: number = Date.now()): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  const date = parseHttpDate(text, now);
  return date === undefined ? undefined : Math.max(date + 1000 - now, 0);
}
