// Whether somebody may be looking at the page.

import { useEffect, useState } from "preact/hooks";

/** Milliseconds for which a page that nobody sees keeps its streams: a browser has few connections for one host. */
export const HIDDEN = 60_000;

/** Not once the page has been hidden for a while. */
export function useSeen(): boolean {
  const [seen, setSeen] = useState(true);
  useEffect(() => {
    let timer = 0;
    const changed = () => {
      clearTimeout(timer);
      if (document.hidden) timer = window.setTimeout(() => setSeen(false), HIDDEN);
      else setSeen(true);
    };
    document.addEventListener("visibilitychange", changed);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", changed);
    };
  }, []);
  return seen;
}
