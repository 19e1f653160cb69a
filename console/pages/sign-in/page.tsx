// Signing in: by the issuer, by a Kubernetes token, or by the code that a local command has put into the address.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { PAGES } from "../../contract.ts";
import { Problem } from "../parts/states.tsx";
import { Brand } from "../shell.tsx";
import { session, signIn } from "../state/session.ts";
import { SignInWaysForm } from "./ways.tsx";

/** The code in an address like `/sign-in#code=…`; a fragment is never sent to a server or written to its log. */
const codeIn = (hash: string): string | undefined => new URLSearchParams(hash.slice(1)).get("code") ?? undefined;

/** A path of this console; anything else would lead visitors away. */
export function returnPath(asked: string | undefined): string {
  return asked && /^\/(?![/\\])/.test(asked) && !asked.startsWith(PAGES.signIn) ? asked : "/";
}

export function SignInPage(): JSX.Element {
  const { path, url, query, route } = useLocation();
  const [error, setError] = useState<unknown>();
  const target = path === PAGES.signIn ? returnPath(query.return) : url;
  const done = () => route(target, true);

  useEffect(() => {
    document.title = "Sign in – Agentic console";
    const code = codeIn(location.hash);
    if (code) {
      history.replaceState(null, "", location.pathname + location.search);
      signIn({ code }).then(done, setError);
    } else if (session.value?.signedIn) done();
  }, []);

  const now = session.value;
  if (!now || now.signedIn) return <div />;
  return (
    <main class="sign-in">
      <div class="panel">
        <div class="body stack">
          <p class="brand">
            <Brand />
            Agentic console
          </p>
          <h1>Sign in</h1>
          {now.ended === "expired" && <p class="notice">Your session has ended.</p>}
          {now.ended === "refused" && <p class="notice wait">The cluster no longer takes your credentials.</p>}
          {error !== undefined && <Problem error={error} />}
          <SignInWaysForm ways={now.ways} target={target} onDone={done} />
        </div>
      </div>
    </main>
  );
}
