// Asks to sign in again over the page where a session has ended: what is typed there stays.
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { Dialog } from "../parts/dialog.tsx";
import { sessionLost } from "../state/api.ts";
import { session } from "../state/session.ts";
import { SignInWaysForm } from "./ways.tsx";

export function SignInAgain(): JSX.Element | null {
  const { url } = useLocation();
  if (!sessionLost.value || !session.value) return null;
  return (
    <Dialog title="Your session has ended: sign in again">
      <p class="faint">What you have typed is still there.</p>
      <SignInWaysForm ways={session.value.ways} target={url} onDone={() => {}} />
    </Dialog>
  );
}
