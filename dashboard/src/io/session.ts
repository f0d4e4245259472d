// The session of this browser. No cookie: cookies would be shared with applications on other ports of the same host.

const KEY = "bluegreen.session";
type Listener = () => void;
const listeners = new Set<Listener>();

export function session(): string | null {
  return localStorage.getItem(KEY);
}

/** Keep a session, or forget it (null); everything on the page that shows data follows. */
export function keep(value: string | null): void {
  if (value === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, value);
  listeners.forEach((tell) => tell());
}

export function onSession(tell: Listener): () => void {
  listeners.add(tell);
  const elsewhere = (event: StorageEvent) => event.key === KEY && tell();
  addEventListener("storage", elsewhere);
  return () => {
    listeners.delete(tell);
    removeEventListener("storage", elsewhere);
  };
}

/** The one-time code in the address, once: it is removed from the address bar and from the history at once. */
export function takeCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}
