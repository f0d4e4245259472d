// Small things that many pages use.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../io/http";
import type { Color } from "../types";
import { age, moment } from "../words/figures";
import type { Mark } from "../words/verdict";

/** The time, every so often (seconds since 1970, by this browser's clock). */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** The name of the page, for the tab and for screen readers. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · bluegreen`;
  }, [title]);
}

/** Blue is round, green is square: the colour only repeats that. */
export function Tint({ color, text }: { color: Color; text?: string | undefined }) {
  return (
    <span class={`tint ${color}`}>
      <span class="shape" aria-hidden="true" />
      {text ?? color}
    </span>
  );
}

const SIGNS: Record<Mark, [string, string]> = {
  good: ["✓", "good"],
  bad: ["✗", "bad"],
  unsure: ["?", "not sure"],
  plain: ["·", ""],
};

export function Sign({ mark }: { mark: Mark }) {
  const [sign, name] = SIGNS[mark];
  return (
    <span class={`sign ${mark}`}>
      <span aria-hidden="true">{sign}</span>
      {name && <span class="unseen">{name}: </span>}
    </span>
  );
}

export function Ago({ at, now }: { at: number; now: number }) {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={moment(at)}>
      {age(now - at)} ago
    </time>
  );
}

export function Moment({ at }: { at: number }) {
  return <time dateTime={new Date(at * 1000).toISOString()}>{moment(at)}</time>;
}

export function Trouble({ problem, children }: { problem: Problem; children?: ComponentChildren }) {
  return (
    <div class="trouble" role="alert">
      <p>
        <Sign mark="bad" /> <strong>{problem.what}</strong>
      </p>
      {problem.why && <p>{problem.why}</p>}
      {problem.cure && <p>{problem.cure}</p>}
      {children}
    </div>
  );
}

export function Section(props: { title: string; class?: string; id: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class={`panel ${props.class ?? ""}`} aria-labelledby={props.id}>
      <div class="head">
        <h2 id={props.id}>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** Copies the address of a page, and says so. */
export function CopyLink({ path, what }: { path: string; what: string }) {
  const [done, setDone] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.origin + path);
      setDone("copied");
    } catch {
      setDone("not copied: the browser does not allow it");
    }
    setTimeout(() => setDone(""), 4000);
  };
  return (
    <span class="copy">
      <button type="button" class="quiet" onClick={copy}>
        Copy link<span class="unseen"> to {what}</span>
      </button>
      <span role="status">{done}</span>
    </span>
  );
}
