// What stands around every page: the name, where one is, whether figures are live, and who is signed in.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import * as api from "../io/api";
import type { Connection } from "../io/live";
import { keep } from "../io/session";
import { useMe } from "../io/use_me";
import { toApp, toHistory, toLogs, toReleases } from "../route";
import { clock, span } from "../words/figures";
import { useNow } from "./small";
import { shortcuts } from "./shortcuts";
import { ThemeButton } from "./theme";

export function Shell({ app, page, children }: { app?: string | undefined; page?: string; children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <nav class="path" aria-label="Where you are">
          <a href="/" class="brand">
            <span class="mark" aria-hidden="true" />
            bluegreen
          </a>
          {app && (
            <>
              <span aria-hidden="true">/</span>
              <a href={toApp(app)}>{app}</a>
            </>
          )}
        </nav>
        <Account />
      </header>
      {app && <Tabs app={app} page={page ?? ""} />}
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Tabs({ app, page }: { app: string; page: string }) {
  const tabs: [string, string, string][] = [
    ["now", "Now", toApp(app)],
    ["history", "History", toHistory(app)],
    ["releases", "Releases", toReleases(app)],
    ["logs", "Logs", toLogs(app)],
  ];
  return (
    <nav class="tabs" aria-label={`Pages of ${app}`}>
      {tabs.map(([id, name, path]) => (
        <a key={id} href={path} aria-current={id === page ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

function Account() {
  const me = useMe();
  const [keys, setKeys] = useState(shortcuts.on());
  const leave = async () => {
    await api.signOut().catch(() => undefined);
    keep(null);
  };
  const turn = (on: boolean) => {
    shortcuts.turn(on);
    setKeys(on);
  };
  return (
    <div class="account">
      <ThemeButton />
      <details class="menu">
        <summary>{me.name || "you"}</summary>
        <div class="inside">
          <p class="dim">
            Signed in by {me.via}: {me.grants.map((grant) => grant.role + (grant.app ? ` of ${grant.app}` : "")).join(", ") || "no role"}
          </p>
          <label class="check">
            <input type="checkbox" checked={keys} onChange={(event) => turn(event.currentTarget.checked)} /> Key <kbd>r</kbd> asks
            to roll back
          </label>
          <button type="button" class="plain" onClick={leave}>
            Sign out
          </button>
        </div>
      </details>
    </div>
  );
}

/** That what is shown is live; what is not says so in the banner. */
export function Pulse({ connection }: { connection: Connection }) {
  const live = connection.state === "live";
  return (
    <span class={`fresh ${connection.state}`} data-state={connection.state}>
      {live && <span class="pulse" aria-hidden="true" />}
      {live ? "connected" : connection.state === "connecting" ? "connecting…" : "not connected"}
    </span>
  );
}

interface Fresh {
  connection: Connection;
  /** When the newest figures were taken, by the controller's clock. */
  at: number | null;
}

/** Since when the page is not connected: old figures never look live. */
export function Banner({ connection, at }: Fresh) {
  const now = useNow();
  if (connection.state !== "broken") return null;
  return (
    <div class="banner" data-what="banner">
      <span role="alert">
        <strong>Not connected since {clock(connection.since!)}.</strong>
        {at === null ? " There are no figures yet." : ` Everything here is from ${clock(at)}.`}
      </span>{" "}
      <span class="dim">({span(Math.max(0, now - connection.since!))})</span> {connection.problem?.what ?? ""} Applications go on serving
      without the controller; this page tries again by itself.
    </div>
  );
}
