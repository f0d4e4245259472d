// Single-key shortcuts: they can be turned off (WCAG 2.1.4), and never take a key from a field or an open dialog.

const KEY = "bluegreen.shortcuts";

export const shortcuts = {
  on: (): boolean => localStorage.getItem(KEY) !== "off",
  turn(on: boolean): void {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  },
  /** Whether a pressed key is meant as a shortcut. */
  take(event: KeyboardEvent): boolean {
    if (!shortcuts.on() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return false;
    if (document.querySelector("dialog[open]")) return false;
    return !(event.target as Element).closest?.("input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]");
  },
};
