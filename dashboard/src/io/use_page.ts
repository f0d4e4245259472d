// What a page asked for: the answer, that it is awaited, or why there is none.

import { useCallback, useEffect, useState } from "preact/hooks";
import { asProblem, type Problem } from "./http";

export interface Asked<T> {
  found: T | null;
  problem: Problem | null;
  again: () => void;
}

/** Ask once, and again when one of `on` changes. */
export function useAsked<T>(ask: () => Promise<T>, on: readonly unknown[]): Asked<T> {
  const [found, setFound] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [count, setCount] = useState(0);
  useEffect(() => {
    let gone = false;
    ask().then(
      (value) => {
        if (gone) return;
        setFound(value);
        setProblem(null);
      },
      (error) => gone || setProblem(asProblem(error)),
    );
    return () => {
      gone = true;
    };
  }, [...on, count]);
  const again = useCallback(() => setCount((before) => before + 1), []);
  return { found, problem, again };
}

/** A list that comes in pages: the address of the next one comes with each. */
export function usePages<Item>(ask: () => Promise<{ items: Item[]; next: string | null }>, on: readonly unknown[], more: (path: string) => Promise<{ items: Item[]; next: string | null }>) {
  const first = useAsked(ask, on);
  const [rest, setRest] = useState<{ items: Item[]; next: string | null } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => setRest(null), [first.found]);
  const shown = rest ?? first.found;
  const onward = async () => {
    if (!shown?.next) return;
    try {
      const page = await more(shown.next);
      setRest({ items: [...shown.items, ...page.items], next: page.next });
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return { items: shown?.items ?? null, next: shown?.next ?? null, onward, problem: first.problem ?? problem, again: first.again };
}
