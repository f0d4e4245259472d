// A button that asks before it does something, does it once, and says what became of it.

import type { ComponentChildren, VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { asProblem, newKey, type Problem } from "../io/http";
import { announce } from "./announce";
import { Dialog, openDialog } from "./dialog";
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
  const submit = (event: Event) => {
    event.preventDefault();
    void go();
  };
  const leave = (event: MouseEvent) => (event.currentTarget as Element).closest("dialog")?.close();
  return (
    <Dialog title={title} close={close}>
      {outcome === null ? (
        <form onSubmit={submit}>
          {children}
          {problem && <Trouble problem={problem} />}
          <div class="buttons">
            <button type="submit" class={danger ? "main danger" : "main"} aria-disabled={busy}>
              {busy ? "Under way…" : problem ? `Try again: ${yes}` : yes}
            </button>
            <button type="button" class="plain" onClick={leave}>
              Cancel
            </button>
          </div>
        </form>
      ) : (
        <>
          <p class="outcome" data-what="outcome">
            {outcome}
          </p>
          <div class="buttons">
            <button type="button" class="main" onClick={leave} ref={focus}>
              Close
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

const focus = (button: HTMLButtonElement | null) => button?.focus();

interface Asking {
  label: ComponentChildren;
  class: string;
  /** Why it may not be pressed; null: it may. */
  not: string | null;
  id: string;
  question: (close: () => void) => VNode;
}

/** A button for a question. One that may not be pressed can be reached all the same, and says why. */
export function AskButton({ label, class: kind, not, id, question }: Asking) {
  return (
    <span class="ask">
      <button
        type="button"
        id={id}
        class={kind}
        aria-disabled={not !== null}
        aria-describedby={not ? `${id}-not` : undefined}
        onClick={() => not === null && openDialog(question)}
      >
        {label}
      </button>
      {not && <span class="not" id={`${id}-not`}>{not}</span>}
    </span>
  );
}
