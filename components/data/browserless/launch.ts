// How Browserless starts a browser for its front: one that reaches nothing, in Chromium's own sandbox where that works.

/** Options of Chromium. */
export const browserFlags = [
  // No browser reaches anything, not even the others' on loopback: steps fetch for them. WebRTC would do without names; the second
  // name of its option is that of Chromium's headless shell.
  "--host-resolver-rules=MAP * ~NOTFOUND",
  "--webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
  // The user interface's own pages, which nobody sees: two processes less for each browser, and nothing to break into.
  "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
] as const;

/** Where the front gets a browser. Browserless itself switches Chromium's sandbox off, which is taken back where it works. */
export function browserUrl({ port, sandboxed }: { port: number; sandboxed: boolean }): string {
  const launch = { args: browserFlags, ...(sandboxed ? { ignoreDefaultArgs: ["--no-sandbox"] } : {}) };
  return `ws://127.0.0.1:${port}/chromium?launch=${encodeURIComponent(JSON.stringify(launch))}`;
}
