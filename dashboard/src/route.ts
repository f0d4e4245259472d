// Which page is shown: it stands in the address, filters too, so that every page is a link to share.

import { useEffect, useState } from "preact/hooks";

const MOVED = "bluegreen:moved";

export interface Place {
  /** Parts of the path, decoded. */
  parts: string[];
  query: URLSearchParams;
}

function here(): Place {
  const parts = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  return { parts, query: new URLSearchParams(location.search) };
}

export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  dispatchEvent(new Event(MOVED));
}

/** `/#/apps/shop` is another way to write `/apps/shop`. */
export function straighten(): void {
  if (location.hash.startsWith("#/")) history.replaceState(null, "", location.hash.slice(1));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const moved = () => setPlace(here());
    const hash = () => {
      straighten();
      moved();
    };
    addEventListener(MOVED, moved);
    addEventListener("popstate", hash);
    document.addEventListener("click", inside);
    return () => {
      removeEventListener(MOVED, moved);
      removeEventListener("popstate", hash);
      document.removeEventListener("click", inside);
    };
  }, []);
  return place;
}

/** Links within the dashboard change the page without loading it again. */
function inside(event: MouseEvent): void {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest("a");
  if (!link || link.target || link.origin !== location.origin || link.hasAttribute("download")) return;
  if (link.pathname !== "/" && !link.pathname.startsWith("/apps")) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
  document.getElementById("main")?.focus();
}

const quoted = encodeURIComponent;
export const toApp = (app: string) => `/apps/${quoted(app)}`;
export const toDeployment = (app: string, number: number) => `${toApp(app)}/deployments/${number}`;
export const toHistory = (app: string, query: Record<string, string> = {}) => {
  const text = new URLSearchParams(query).toString();
  return `${toApp(app)}/history${text && `?${text}`}`;
};
export const toReleases = (app: string) => `${toApp(app)}/releases`;
export const toDiff = (app: string, from: string, to: string) => `${toApp(app)}/diff/${quoted(from)}/${quoted(to)}`;
export const toLogs = (app: string) => `${toApp(app)}/logs`;
