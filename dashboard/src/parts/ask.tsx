// A button that asks before it does something, does it once, and says what became of it.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { asProblem, newKey, type Problem } from "../io/http";
import { announce } from "./announce";
import { Dialog } from "./dialog";
import { Trouble } from "./small";

interface Question {
  title: string;
  yes: string;
  /** `key`: the same one, however often it is pressed or tried again. */
  act: (key: string) => Promise<string>;
  close: () => void;
  danger?: boolean;
  children: ComponentChildren;
}

export function Ask({ title, yes, act, close, danger, children }: Question) {
  const key = useRef(newKey());
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [outcome, setOutcome] = useState<string | null>(null);
  const go = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const said = await act(key.current);
      setOutcome(said);
      announce(said);
    } catch (error) {
      const found = asProblem(error);
      setProblem(found);
      // What was refused is another request next time; what was not answered may have been done.
      if (found.answered && found.status < 500) key.current = newKey();
    }
    setBusy(false);
  };
  return (
    <Dialog title={title} close={close}>
      {outcome === null ? children : <p class="outcome" data-what="outcome">{outcome}</p>}
      {problem && <Trouble problem={problem} />}
      <form method="dialog" class="buttons">
        {outcome === null ? (
          <>
            <button type="button" class={danger ? "main danger" : "main"} onClick={go} aria-disabled={busy} autoFocus>
              {busy ? "Under way…" : problem ? `Try again: ${yes}` : yes}
            </button>
            <button type="submit" class="plain">
              Cancel
            </button>
          </>
        ) : (
          <button type="submit" class="main" ref={(button) => button?.focus()}>
            Close
          </button>
        )}
      </form>
    </Dialog>
  );
}

interface Asking {
  label: ComponentChildren;
  class: string;
  /** Why it may not be pressed; null: it may. */
  not: string | null;
  id: string;
  question: (close: () => void) => ComponentChildren;
}

/** A button for a question. One that may not be pressed can be reached all the same, and says why. */
export function AskButton({ label, class: kind, not, id, question }: Asking) {
  const [open, setOpen] = useState(false);
  return (
    <span class="ask">
      <button
        type="button"
        id={id}
        class={kind}
        aria-disabled={not !== null}
        aria-describedby={not ? `${id}-not` : undefined}
        onClick={() => not === null && setOpen(true)}
      >
        {label}
      </button>
      {not && <span class="not" id={`${id}-not`}>{not}</span>}
      {open && question(() => setOpen(false))}
    </span>
  );
}
