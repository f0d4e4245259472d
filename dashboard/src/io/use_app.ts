// One application as it goes: what the stream brought, with the past that it began after.

import { useEffect, useRef, useState } from "preact/hooks";
import type { DeploymentInFull, Entry, Figures, RouteMark, Status } from "../types";
import * as api from "./api";
import type { Problem } from "./http";
import { type Connection, follow } from "./live";

/** Seconds of figures that are shown and kept. */
export const WINDOW = 900;

export interface Live {
  status: Status | null;
  points: Figures[];
  marks: RouteMark[];
  /** Entries that the stream brought, oldest first. */
  entries: Entry[];
  /** The newest deployment in full, as it was when it was asked for. */
  newest: DeploymentInFull | null;
  connection: Connection;
  /** Add to this browser's clock to get the controller's, in seconds. */
  offset: number;
  problem: Problem | null;
}

const NOTHING: Live = {
  status: null,
  points: [],
  marks: [],
  entries: [],
  newest: null,
  connection: { state: "connecting", since: null, problem: null },
  offset: 0,
  problem: null,
};
const MOST_ENTRIES = 2000;
const MARKS: Record<string, string> = { "route confirmed": "switch", "route observed": "failover" };

export function useApp(app: string): Live {
  const [live, setLive] = useState<Live>(NOTHING);
  const number = useRef(0);
  useEffect(() => {
    let gone = false;
    const change = (how: (before: Live) => Partial<Live>) => {
      if (!gone) setLive((before) => ({ ...before, ...how(before) }));
    };
    const past = () => loadPast(app).then((found) => change((before) => joined(before, found)), () => undefined);
    const newest = (wanted: number) => {
      number.current = wanted;
      loadNewest(app, wanted).then((found) => change(() => ({ newest: found })), () => {
        number.current = 0;
      });
    };
    setLive(NOTHING);
    let broken = true;
    const end = follow(app, {
      status: (status) => {
        change(() => ({ status, problem: null }));
        if (broken) void past();
        if (broken || (status.deployment && status.deployment.number !== number.current)) newest(status.deployment?.number ?? 0);
        broken = false;
      },
      figures: (figures) => change((before) => withFigures(before, figures)),
      entry: (entry) => {
        change((before) => withEntry(before, entry));
        if (entry.event.kind === "deployment ended") newest(Number(entry.event.deployment));
      },
      connection: (connection) => {
        if (connection.state !== "live") broken = true;
        change(() => ({ connection, problem: connection.problem?.answered ? connection.problem : null }));
      },
    });
    return () => {
      gone = true;
      end();
    };
  }, [app]);
  return live;
}

const loadPast = (app: string) => api.figures(app, WINDOW);

async function loadNewest(app: string, wanted: number): Promise<DeploymentInFull | null> {
  let number = wanted;
  if (!number) number = (await api.deployments(app, 1)).deployments[0]?.number ?? 0;
  return number ? api.deployment(app, number) : null;
}

function joined(before: Live, found: { points: Figures[]; marks: RouteMark[] }): Partial<Live> {
  const last = found.points.at(-1)?.at ?? 0;
  const newer = before.points.filter((point) => point.at > last);
  const later = before.marks.filter((mark) => !found.marks.some((known) => known.epoch === mark.epoch));
  return { points: [...found.points, ...newer], marks: [...found.marks, ...later] };
}

function withFigures(before: Live, figures: Figures): Partial<Live> {
  const last = before.points.at(-1);
  if (last && figures.at <= last.at) return {};
  const since = figures.at - WINDOW;
  const offset = figures.at - Date.now() / 1000;
  return {
    points: [...before.points.filter((point) => point.at >= since), figures],
    offset: before.points.length && Math.abs(offset - before.offset) < 2 ? Math.max(offset, before.offset) : offset,
  };
}

function withEntry(before: Live, entry: Entry): Partial<Live> {
  if (before.entries.some((known) => known.seq === entry.seq)) return {};
  const { event } = entry;
  const kind = MARKS[event.kind];
  const entries = event.kind === "watched" ? before.entries : [...before.entries.slice(-MOST_ENTRIES), entry];
  if (!kind || before.marks.some((mark) => mark.epoch === event.epoch)) return { entries };
  const mark = { at: entry.at, epoch: Number(event.epoch), kind, shares: event.shares, deployment: event.deployment ?? null };
  return { entries, marks: [...before.marks, mark as RouteMark] };
}

/** Every entry of one deployment that is known: those that were asked for, and those that came since. */
export function entriesOf(live: Live, number: number): Entry[] {
  const asked = live.newest?.number === number ? live.newest.events : [];
  const last = asked.at(-1)?.seq ?? 0;
  const since = live.entries.filter((entry) => entry.seq > last && concerns(entry, number));
  const first = since.findIndex((entry) => entry.event.kind === "deployment requested" && entry.event.deployment === number);
  return [...asked, ...(asked.length ? since : since.slice(Math.max(0, first)))];
}

const concerns = ({ event }: Entry, number: number) => (event.deployment ?? number) === number;
