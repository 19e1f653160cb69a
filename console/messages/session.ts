// Refusals, ways to sign in, sessions, and what a visitor may.

export interface ErrorBody {
  /** For programs: `unauthenticated`, `forbidden`, `csrf`, `not-found`, `changed`, `evidence-changed`, `invalid`, `too-large`, `busy`, `unavailable`, `refused`. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** What to do about it, for people. */
  advice?: string;
  /** Fields that are wrong, by path such as `spec.targetUrls[0]`. */
  causes?: { field: string; message: string }[];
}

/** Ways to sign in that this console has. `code` is what `make console` opens. */
export interface SignInWays {
  oidc?: { issuer: string; name: string };
  token: true;
  /** Whether this is a local platform, where `make console` signs in a demo user. */
  demo: boolean;
}

export interface TokenSignIn {
  /** A Kubernetes token; it is kept in a sealed cookie and nowhere else. */
  token: string;
}
export interface CodeSignIn {
  code: string;
}
export interface SignInCode {
  code: string;
  expiresAt: string;
}

/** What the visitor may do in one tenant's namespace. */
export interface TenantRights {
  namespace: string;
  /** Get and list workloads. */
  see: boolean;
  /** Create workloads. */
  submit: boolean;
  /** Change and delete workloads. */
  change: boolean;
  /** Answer at gates. */
  approve: boolean;
}

export type Session =
  | { signedIn: false; ways: SignInWays /** Why the last session ended. */; ended?: "expired" | "refused" }
  | {
      signedIn: true;
      ways: SignInWays;
      /** As the API server knows the visitor. */
      user: string;
      groups: string[];
      /** Tenants in which the visitor may do anything, by name. */
      tenants: TenantRights[];
      /** When the session ends, unless it is used: each request in its second half makes it longer, up to the token's own end. */
      expiresAt: string;
      /** Of the platform. */
      version: string;
    };
