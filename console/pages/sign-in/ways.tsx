// The ways to sign in that a console has: a button for its issuer, a field for a token.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { PATHS, type SignInWays } from "../../contract.ts";
import { Problem } from "../parts/states.tsx";
import { signIn } from "../state/session.ts";

interface Props {
  ways: SignInWays;
  /** Where the issuer leads back to. */
  target: string;
  onDone: () => void;
}

export function SignInWaysForm({ ways, target, onDone }: Props): JSX.Element {
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const id = useId();

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    await signIn({ token: token.trim() }).then(onDone, setError);
    setBusy(false);
  };

  return (
    <>
      {ways.oidc && (
        <>
          {/* The browser itself goes there: the router must not. */}
          <a
            class="button primary"
            href={`${PATHS.oidcSignIn}?return=${encodeURIComponent(target)}`}
            target="_self"
            data-native
          >
            Sign in with {ways.oidc.name}
          </a>
          <p class="faint small or">or with a Kubernetes token</p>
        </>
      )}
      <form class="stack" onSubmit={submit}>
        {error !== undefined && <Problem error={error} />}
        <div class="field">
          <label for={id}>Kubernetes token</label>
          <input
            id={id}
            type="password"
            autocomplete="off"
            required
            value={token}
            aria-describedby={`${id}-help`}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <p class="help" id={`${id}-help`}>
            You act here with its rights and no others. For a service account, <code>kubectl create token</code> makes
            one.
          </p>
        </div>
        <button type="submit" class={`button ${ways.oidc ? "" : "primary"}`} disabled={busy || token.trim() === ""}>
          {busy ? "Signing in …" : "Sign in"}
        </button>
      </form>
      {ways.demo && (
        <p class="faint small">
          On this machine, <code>make console</code> opens the console signed in as the demo user.
        </p>
      )}
    </>
  );
}
