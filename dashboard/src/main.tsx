import { options, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import * as api from "./io/api";
import { asProblem, type Problem } from "./io/http";
import { onSession, session, takeCode } from "./io/session";
import { Who } from "./io/use_me";
import { AppPage } from "./pages/app";
import { DeploymentPage } from "./pages/deployment";
import { Diff } from "./pages/diff";
import { History } from "./pages/history";
import { Logs } from "./pages/logs";
import { Overview } from "./pages/overview";
import { Releases } from "./pages/releases";
import { SignIn } from "./pages/sign_in";
import { Announcer } from "./parts/announce";
import { Dialogs } from "./parts/dialog";
import { Trouble, useTitle } from "./parts/small";
import { Shell } from "./parts/shell";
import { applyTheme } from "./parts/theme";
import { straighten, usePlace } from "./route";
import type { Me } from "./types";

// Before the next event is handled, so that what was typed is known when Enter is pressed; a page that nobody sees only
// keeps its title up to date.
options.debounceRendering = (draw) => {
  if (document.hidden) setTimeout(draw, 250);
  else queueMicrotask(draw);
};

const code = takeCode();
straighten();
applyTheme();

function Dashboard() {
  const [token, setToken] = useState(code ? null : session());
  const [left, setLeft] = useState("");
  useEffect(
    () =>
      onSession(() => {
        setLeft(session() ? "" : "You are signed out.");
        setToken(session());
      }),
    [],
  );
  return (
    <>
      {token ? <SignedIn key={token} /> : <SignIn code={code} notice={left} />}
      <Dialogs />
      <Announcer />
    </>
  );
}

function SignedIn() {
  const [me, setMe] = useState<Me | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let timer = 0;
    const look = () =>
      api.me().then(setMe, (error) => {
        setProblem(asProblem(error));
        timer = window.setTimeout(look, 3000);
      });
    void look();
    return () => clearTimeout(timer);
  }, []);
  if (me) {
    return (
      <Who.Provider value={me}>
        <Page />
      </Who.Provider>
    );
  }
  return <main id="main">{problem ? <Trouble problem={problem} /> : <p class="booting">bluegreen</p>}</main>;
}

function Page() {
  const { parts, query } = usePlace();
  const [top, app, what, first, second] = parts;
  if (top === undefined || (top === "apps" && !app)) return <Overview />;
  if (top !== "apps" || !app) return <Missing />;
  if (what === undefined) return <AppPage key={app} app={app} />;
  if (what === "history") return <History app={app} query={query} />;
  if (what === "deployments" && Number(first) > 0) return <DeploymentPage key={first} app={app} number={Number(first)} />;
  if (what === "releases") return <Releases app={app} />;
  if (what === "diff" && first && second) return <Diff app={app} from={first} to={second} />;
  if (what === "logs") return <Logs app={app} query={query} />;
  return <Missing />;
}

function Missing() {
  useTitle("No such page");
  return (
    <Shell>
      <h1>There is no such page</h1>
      <p>
        <a href="/">All applications</a>
      </p>
    </Shell>
  );
}

const page = document.getElementById("page")!;
page.replaceChildren();
render(<Dashboard />, page);
