// What the instances of a component wrote, followed as it comes.

import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../io/api";
import { asProblem, type Problem, stream } from "../io/http";
import { useSeen } from "../io/seen";
import type { Status } from "../types";
import { printable } from "../words/text";
import { Trouble } from "./small";

const MOST = 2000;
const FIRST = 200;
/** Milliseconds between drawings: a log may bring thousands of lines a second. */
const EVERY = 150;
/** Milliseconds until a log that broke off is asked for again. */
const AGAIN = 3000;

interface Source {
  place: string;
  component: string;
}

/** What evaluates flags is bluegreen's own, and has the least to tell. */
const LAST = "flags";

/** Every place of which there are instances: the live environment first. */
export function sourcesOf(status: Status): Source[] {
  const colors = status.live === "green" ? (["green", "blue"] as const) : (["blue", "green"] as const);
  const own = colors.flatMap((place) =>
    [...new Set(status.environments[place].instances.map((each) => each.component))]
      .sort((one, other) => Number(one === LAST) - Number(other === LAST))
      .map((component) => ({ place, component })),
  );
  const shared = Object.keys(status.shared).map((key) => ({ place: "shared", component: key.replace(/[+~]+$/, "") }));
  return [...own, ...shared];
}

interface Props {
  status: Status;
  short?: boolean;
  chosen?: Source | undefined;
  choose?: (source: Source) => void;
}

export function LogView({ status, short = false, chosen, choose }: Props) {
  const sources = sourcesOf(status);
  const [own, setOwn] = useState<Source | null>(null);
  const [follow, setFollow] = useState(true);
  const [wanted, setWanted] = useState("");
  const source = chosen ?? own ?? newEnvironment(status, sources);
  const change = (value: string) => {
    const [place = "", component = ""] = value.split("/");
    (choose ?? setOwn)({ place, component });
  };
  if (!source) return <p class="dim">Nothing runs that writes a log.</p>;
  return (
    <div class="logs">
      <div class="choose">
        <label>
          Of{" "}
          <select value={`${source.place}/${source.component}`} onChange={(event) => change(event.currentTarget.value)}>
            {sources.map(({ place, component }) => (
              <option key={`${place}/${component}`} value={`${place}/${component}`}>
                {component} in {place}
              </option>
            ))}
          </select>
        </label>
        <label>
          Only lines with <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
        <label class="check">
          <input type="checkbox" checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} /> Follow
        </label>
      </div>
      <Lines key={`${source.place}/${source.component}`} app={status.app} source={source} follow={follow} wanted={wanted} short={short} />
    </div>
  );
}

/** While a deployment starts, its own logs are what is looked for. */
function newEnvironment(status: Status, sources: Source[]): Source | undefined {
  const place = status.deployment && !status.deployment.component ? status.deployment.color : status.live;
  return sources.find((source) => source.place === place) ?? sources[0];
}

interface Shown {
  app: string;
  source: Source;
  follow: boolean;
  wanted: string;
  short: boolean;
}

function Lines({ app, source, follow, wanted, short }: Shown) {
  const [lines, setLines] = useState<string[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [ended, setEnded] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const seen = useSeen();
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (!seen) return undefined;
    const stop = new AbortController();
    const path = api.logsPath(app, { ...source, lines: `${FIRST}`, follow: `${follow}` });
    let first = true;
    setEnded(false);
    read(path, stop.signal, (more) => {
      setProblem(null);
      setLines((before) => [...(first ? [] : before), ...more].slice(-MOST));
      first = false;
    })
      .then(() => setEnded(true))
      .catch((error) => stop.signal.aborted || setProblem(asProblem(error)));
    return () => stop.abort();
  }, [app, source.place, source.component, follow, seen, attempt]);
  // What broke off is taken up again, as the page itself is; what was refused stays refused.
  useEffect(() => {
    if (!problem || problem.answered) return undefined;
    const timer = setTimeout(() => setAttempt(attempt + 1), AGAIN);
    return () => clearTimeout(timer);
  }, [problem]);
  useEffect(() => {
    if (follow && atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follow, wanted]);
  const shown = wanted ? lines.filter((line) => line.toLowerCase().includes(wanted.toLowerCase())) : lines;
  const scrolled = (event: { currentTarget: HTMLPreElement }) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
    atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  return (
    <>
      {problem && (problem.answered ? <Trouble problem={problem} /> : <p class="held">The log is not followed: {problem.what} It is tried again.</p>)}
      <pre ref={box} class={`log ${short ? "short" : ""}`} tabIndex={0} role="log" aria-live="off" aria-label={`Log of ${source.component} in ${source.place}`} onScroll={scrolled}>
        {shown.join("\n")}
      </pre>
      <p class="dim">
        {shown.length} of {lines.length} lines{follow && ended && "; the log has ended: it is not followed any more"}
      </p>
    </>
  );
}

/** Read lines until the answer ends, and hand them on a few times a second. */
async function read(path: string, signal: AbortSignal, take: (lines: string[]) => void): Promise<void> {
  const response = await stream(path, "text/plain", signal);
  take([]);
  const reader = response.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  let ready: string[] = [];
  const flush = () => {
    if (ready.length) take(ready);
    ready = [];
  };
  const timer = setInterval(flush, EVERY);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = parts.pop() ?? "";
      ready.push(...parts.map(printable));
      if (ready.length > MOST) ready = ready.slice(-MOST);
    }
    if (rest) ready.push(printable(rest));
  } finally {
    clearInterval(timer);
    if (!signal.aborted) flush();
  }
}
