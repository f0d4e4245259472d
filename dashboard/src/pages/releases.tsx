// The releases of an application: what they are, what is still kept, and what changed between two of them.

import { useState } from "preact/hooks";
import * as api from "../io/api";
import { useMe, whyNot } from "../io/use_me";
import { usePages } from "../io/use_page";
import { AskButton } from "../parts/ask";
import { BringBack } from "../parts/rollback";
import { Shell } from "../parts/shell";
import { Moment, Sign, Tint, Trouble, useTitle } from "../parts/small";
import { go, toDiff } from "../route";
import type { Release } from "../types";

const PAGE = 30;
type Listed = api.Page<"releases", Release>;
const listed = (page: Listed) => ({ items: page.releases, next: page.next ?? null });

export function Releases({ app }: { app: string }) {
  const list = usePages(
    async () => listed(await api.releases(app, PAGE)),
    [app],
    async (path) => listed(await api.next<Listed>(path)),
  );
  useTitle(`Releases of ${app}`);
  return (
    <Shell app={app} page="releases">
      <h1>Releases</h1>
      {list.problem && <Trouble problem={list.problem} />}
      {list.items && list.items.length > 1 && <Compare app={app} releases={list.items} />}
      <ul class="deployments">
        {list.items?.map((release, index) => (
          <Row key={release.release} app={app} release={release} before={list.items![index + 1]?.release} />
        ))}
      </ul>
      {list.next && (
        <button type="button" class="plain" onClick={list.onward}>
          Older ones
        </button>
      )}
    </Shell>
  );
}

function Compare({ app, releases }: { app: string; releases: Release[] }) {
  const [to, setTo] = useState(releases[0]!.release);
  const [from, setFrom] = useState(releases[1]!.release);
  const options = releases.map(({ release }) => (
    <option key={release} value={release}>
      {release}
    </option>
  ));
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        go(toDiff(app, from, to));
      }}
    >
      <label>
        from
        <select value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
          {options}
        </select>
      </label>
      <label>
        to
        <select value={to} onChange={(event) => setTo(event.currentTarget.value)}>
          {options}
        </select>
      </label>
      <button type="submit" class="plain">
        What changed?
      </button>
    </form>
  );
}

function Row({ app, release, before }: { app: string; release: Release; before: string | undefined }) {
  const me = useMe();
  const mark = release.status === "completed" ? "good" : release.status === null ? "plain" : "bad";
  const not = whyNot(me, "roll back", app) ?? (release.kept ? null : "It is no longer kept.");
  return (
    <li class="panel">
      <div class="row release-row">
        <strong>{release.release}</strong>
        <span>{release.color ? <Tint color={release.color} text={`in ${release.color}`} /> : <span class="dim">{release.kept ? "kept" : "no longer kept"}</span>}</span>
        <span>
          <Sign mark={mark} /> {release.status ?? "not deployed to its end"}
        </span>
        <span class="dim when">
          <Moment at={release.at} />
        </span>
        <code title={release.digest}>{release.digest.slice(0, 12)}</code>
        <span class="why">{release.message}</span>
      </div>
      <div class="steer">
        {before && <a href={toDiff(app, before, release.release)}>What changed since {before}</a>}
        {!release.color && (
          <AskButton
            id={`back-${release.release}`}
            label={`Bring ${release.release} back`}
            class="plain small"
            not={not}
            question={(close) => <BringBack app={app} release={release.release} close={close} />}
          />
        )}
      </div>
    </li>
  );
}
