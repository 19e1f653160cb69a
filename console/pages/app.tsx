// Which page is shown at which address, and who must sign in first.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { PAGES } from "../contract.ts";
import { Empty, Loading, Problem } from "./parts/states.tsx";
import { Toasts } from "./parts/toast.tsx";
import { Shell } from "./shell.tsx";
import { SignInAgain } from "./sign-in/again.tsx";
import { SignInPage } from "./sign-in/page.tsx";
import { loadSession, session } from "./state/session.ts";
import { watchWorkloads } from "./state/workloads.ts";
import { WorkloadsPage } from "./workloads/page.tsx";

const GatePage = lazy(() => import("./gate/page.tsx").then((page) => page.GatePage));
const InboxPage = lazy(() => import("./inbox/page.tsx").then((page) => page.InboxPage));
const PlatformPage = lazy(() => import("./platform/page.tsx").then((page) => page.PlatformPage));
const StartPage = lazy(() => import("./start/page.tsx").then((page) => page.StartPage));
const TenantPage = lazy(() => import("./tenant/page.tsx").then((page) => page.TenantPage));
const TenantsPage = lazy(() => import("./tenant/all.tsx").then((page) => page.TenantsPage));
const WorkloadPage = lazy(() => import("./workload/page.tsx").then((page) => page.WorkloadPage));

export const App = (): JSX.Element => (
  <LocationProvider>
    <ErrorBoundary onError={(error) => console.error(error)}>
      <Visitor />
    </ErrorBoundary>
    <Toasts />
  </LocationProvider>
);

/** Sees to it that the session is known before a page is shown. */
function Visitor(): JSX.Element {
  const { path } = useLocation();
  const [error, setError] = useState<unknown>();
  const load = () => {
    setError(undefined);
    loadSession().catch(setError);
  };
  useEffect(load, []);
  const { value } = session;
  if (error)
    return (
      <main>
        <Problem error={error} retry={load} />
      </main>
    );
  if (!value) return <Loading what="the console" />;
  if (!value.signedIn || path === PAGES.signIn) return <SignInPage />;
  return <SignedIn />;
}

function SignedIn(): JSX.Element {
  useEffect(watchWorkloads, []);
  return (
    <Shell>
      <Router>
        <Route path="/" component={WorkloadsPage} />
        <Route path="/workloads/:namespace/:name" component={WorkloadPage} />
        <Route path="/workloads/:namespace/:name/gate" component={GatePage} />
        <Route path="/inbox" component={InboxPage} />
        <Route path="/start" component={StartPage} />
        <Route path="/tenants" component={TenantsPage} />
        <Route path="/tenants/:namespace" component={TenantPage} />
        <Route path="/platform" component={PlatformPage} />
        <Route default component={NoSuchPage} />
      </Router>
      <SignInAgain />
    </Shell>
  );
}

const NoSuchPage = (): JSX.Element => (
  <Empty title="There is no such page">
    <a href="/">All workloads</a>
  </Empty>
);
