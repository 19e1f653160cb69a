// Light or dark: what the system asks for, unless the visitor has chosen.
import { signal } from "@preact/signals";

const KEY = "theme";
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>("system");

/** Takes a theme and remembers it in this browser. */
export function setTheme(next: Theme): void {
  theme.value = next;
  if (next === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem(KEY, next);
  }
}

/** The one that was chosen before. */
export function restoreTheme(): void {
  const kept = localStorage.getItem(KEY);
  setTheme(THEMES.find((known) => known === kept) ?? "system");
}
