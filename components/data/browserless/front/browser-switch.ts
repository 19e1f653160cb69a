// The name of a browser among its own switches: by it the front asks what became of the browser.

/** Chromium ignores switches that it doesn't know. */
export const browserSwitch = "--agentic-browser=";
