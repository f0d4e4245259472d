// The deployments of an application, newest first. What is filtered by stands in the address.

import { useState } from "preact/hooks";
import * as api from "../io/api";
import { useAsked, usePages } from "../io/use_page";
import { ReceiptList } from "../parts/receipt";
import { resultMark } from "../parts/recent";
import { Shell } from "../parts/shell";
import { CopyLink, Moment, Sign, Trouble, useTitle } from "../parts/small";
import { go, toDeployment, toHistory } from "../route";
import type { Deployment } from "../types";
import { duration } from "../words/figures";
import { printable } from "../words/text";

const PAGE = 30;
const NAMES = ["result", "kind", "release", "actor"] as const;
const CHOICES: Record<string, string[]> = {
  result: ["completed", "failed", "aborted", "rolled back"],
  kind: ["deploy", "rollback", "shared"],
};

type Listed = api.Page<"deployments", Deployment>;
const listed = (page: Listed) => ({ items: page.deployments, next: page.next ?? null });

export function History({ app, query }: { app: string; query: URLSearchParams }) {
  const filters: api.Filters = {};
  for (const name of NAMES) if (query.get(name)) filters[name] = query.get(name)!;
  const key = new URLSearchParams(filters).toString();
  const list = usePages(
    async () => listed(await api.deployments(app, PAGE, filters)),
    [app, key],
    async (path) => listed(await api.next<Listed>(path)),
  );
  useTitle(`History of ${app}`);
  return (
    <Shell app={app} page="history">
      <div class="head">
        <h1>History</h1>
        <CopyLink path={toHistory(app, filters)} what="this list" />
      </div>
      <Filtered app={app} filters={filters} />
      {list.problem && <Trouble problem={list.problem} />}
      {list.items && (
        <p role="status" class="dim">
          {list.items.length ? `${list.items.length}${list.next ? " and more" : ""} deployments, newest first` : "No deployment is like that."}
        </p>
      )}
      <ul class="deployments">{list.items?.map((d) => <Row key={d.number} app={app} d={d} />)}</ul>
      {list.next && (
        <button type="button" class="plain" onClick={list.onward}>
          Older ones
        </button>
      )}
    </Shell>
  );
}

function Filtered({ app, filters }: { app: string; filters: api.Filters }) {
  const set = (name: string, value: string) => {
    const next: Record<string, string> = { ...filters, [name]: value };
    if (!value) delete next[name];
    go(toHistory(app, next), true);
  };
  return (
    <form class="filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {NAMES.map((name) => (
        <label key={name}>
          {name}
          {CHOICES[name] ? (
            <select value={filters[name] ?? ""} onChange={(event) => set(name, event.currentTarget.value)}>
              <option value="">any</option>
              {CHOICES[name].map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))}
            </select>
          ) : (
            <input type="search" value={filters[name] ?? ""} placeholder={name === "release" ? "r7" : ""} onChange={(event) => set(name, event.currentTarget.value.trim())} />
          )}
        </label>
      ))}
      <button type="button" class="plain" onClick={() => go(toHistory(app), true)}>
        All
      </button>
    </form>
  );
}

function Row({ app, d }: { app: string; d: Deployment }) {
  const [open, setOpen] = useState(false);
  const why = d.result === null || d.result === "completed" ? d.message : d.reason;
  return (
    <li class="panel">
      <div class="row">
        <a class="number" href={toDeployment(app, d.number)}>
          <span class="unseen">deployment </span>
          {d.number}
        </a>
        <span>
          <strong>{d.release}</strong>
          {d.kind !== "deploy" && ` (${d.kind})`} <span class="dim">in {d.component ?? d.color}</span>
        </span>
        <span>
          <Sign mark={resultMark(d)} /> {resultWords(d)}
        </span>
        <span class="dim when">
          <Moment at={d.at} />
          {d.ended !== null && `, ${duration(d.ended - d.at)}`}
        </span>
        <span class="dim">{d.actor}</span>
        <span class="why">{printable(why ?? "").split("\n")[0]}</span>
      </div>
      {d.result !== null && (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>
            Receipt<span class="unseen"> of deployment {d.number}</span>
          </summary>
          {open && <LoadedReceipt app={app} d={d} />}
        </details>
      )}
    </li>
  );
}

function resultWords(d: Deployment): string {
  if (d.result === "completed" && d.reason.startsWith("completed, ")) return "completed, not judged";
  return d.result ?? `${d.phase}, under way`;
}

function LoadedReceipt({ app, d }: { app: string; d: Deployment }) {
  const { found, problem } = useAsked(() => api.receipt(app, d.number), [app, d.number]);
  if (problem) return <Trouble problem={problem} />;
  return found ? <ReceiptList d={d} receipt={found} /> : <p class="dim">…</p>;
}
