// What is around each page: the navigation, who is signed in, whether what is shown is live.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { PAGES } from "../contract.ts";
import { Icon, type IconName } from "./parts/icon.tsx";
import { say } from "./parts/toast.tsx";
import { wordsOf } from "./state/api.ts";
import { stale } from "./state/live.ts";
import { session, signOut } from "./state/session.ts";
import { setTheme, THEMES, theme } from "./state/theme.ts";
import { myGates } from "./state/workloads.ts";

interface Item {
  href: string;
  words: string;
  icon: IconName;
  /** Addresses that belong to it. */
  of: RegExp;
}

const ITEMS: Item[] = [
  { href: "/", words: "Workloads", icon: "list", of: /^\/(workloads\/[^/]+\/[^/]+)?$/ },
  { href: PAGES.inbox, words: "Inbox", icon: "inbox", of: /^\/inbox$|\/gate$/ },
  { href: PAGES.start, words: "Start", icon: "start", of: /^\/start$/ },
  { href: PAGES.tenants, words: "Tenants", icon: "tenant", of: /^\/tenants(\/|$)/ },
  { href: PAGES.platform, words: "Platform", icon: "platform", of: /^\/platform$/ },
];

export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
  const { path } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    // A new page begins at its top, for whoever reads it and whoever hears it.
    if (before.current === path) return;
    before.current = path;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="bar">
        <a class="brand" href="/">
          <Brand />
          <span>Agentic</span>
        </a>
        <Navigation path={path} />
        <Who />
        <ThemeButton />
        <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={leave}>
          <Icon name="out" />
        </button>
      </header>
      <div role="status">{stale.value && <p class="band">{stale.value}</p>}</div>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

const leave = (): void => {
  signOut().catch((error: unknown) => say(wordsOf(error).message, "bad"));
};

function Navigation({ path }: { path: string }): JSX.Element {
  const waiting = myGates.value.length;
  return (
    <nav class="pages" aria-label="Pages">
      {ITEMS.map(({ href, words, icon, of }) => (
        <a key={href} href={href} aria-current={of.test(path) ? "page" : undefined}>
          <Icon name={icon} />
          {words}
          {href === PAGES.inbox && waiting > 0 && (
            <span class="count">
              {waiting}
              <span class="visually-hidden"> wait for you</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

function Who(): JSX.Element {
  const user = session.value?.signedIn ? session.value.user : "";
  return (
    <span class="who small truncate" title={user}>
      {user}
    </span>
  );
}

const THEME_ICONS = { system: "system", light: "sun", dark: "moon" } as const;

function ThemeButton(): JSX.Element {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  const words = `Colours: ${theme.value}; change to ${next}`;
  return (
    <button type="button" class="icon-button" aria-label={words} title={words} onClick={() => setTheme(next)}>
      <Icon name={THEME_ICONS[theme.value]} />
    </button>
  );
}

export const Brand = (): JSX.Element => (
  <svg aria-hidden="true" viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="2">
    <circle cx="5" cy="12" r="2.5" />
    <circle cx="19" cy="5.5" r="2.5" />
    <circle cx="19" cy="18.5" r="2.5" />
    <path d="M7.5 11l9-4.300M7.500 13l9 4.300" />
  </svg>
);
