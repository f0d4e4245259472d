// Light or dark: as the system says, until somebody chooses.

import { useEffect, useState } from "preact/hooks";

const KEY = "bluegreen.theme";
const CHANGED = "bluegreen:theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
type Choice = "light" | "dark" | "system";

function choice(): Choice {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function applyTheme(): void {
  const chosen = choice();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

/** What is shown now. */
export function useTheme(): "light" | "dark" {
  const look = () => (choice() === "system" ? (dark.matches ? "dark" : "light") : choice()) as "light" | "dark";
  const [theme, setTheme] = useState(look);
  useEffect(() => {
    const changed = () => setTheme(look());
    addEventListener(CHANGED, changed);
    dark.addEventListener("change", changed);
    return () => {
      removeEventListener(CHANGED, changed);
      dark.removeEventListener("change", changed);
    };
  }, []);
  return theme;
}

export function ThemeButton() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  const change = () => {
    const system = dark.matches ? "dark" : "light";
    if (other === system) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, other);
    applyTheme();
    dispatchEvent(new Event(CHANGED));
  };
  return (
    <button type="button" class="quiet" onClick={change} aria-label={`Show it ${other}`} title={`Show it ${other}`}>
      <span aria-hidden="true">{theme === "dark" ? "☀" : "☾"}</span>
    </button>
  );
}
