// Who the visitor is, and what they may do where.
import { computed, signal } from "@preact/signals";
import { PATHS, type Session } from "../../contract.ts";
import { call, sessionLost } from "./api.ts";

export const session = signal<Session | undefined>(undefined);

/** Namespaces of the visitor's tenants, by name. */
export const tenants = computed(() => (session.value?.signedIn ? session.value.tenants : []));

/** Asks the server who the visitor is. */
export async function loadSession(): Promise<void> {
  session.value = await call<Session>(PATHS.session, {}, false);
}

/** Signs in by what the visitor has: a Kubernetes token, or a code that `make console` has asked for. */
export async function signIn(by: { token: string } | { code: string }): Promise<void> {
  const path = "token" in by ? PATHS.tokenSignIn : PATHS.codeSignIn;
  session.value = await call<Session>(path, { method: "POST", body: by }, false);
  sessionLost.value = false;
}

export async function signOut(): Promise<void> {
  await call(PATHS.session, { method: "DELETE" }, false);
  await loadSession();
}

/** The tenant's name, as people say it: namespaces of tenants begin alike. */
export const tenantName = (namespace: string): string => namespace.replace(/^tenant-/, "");
