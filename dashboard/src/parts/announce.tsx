// What changes is told to screen readers: politely, or at once when something failed.

import { useEffect, useState } from "preact/hooks";

type Said = { text: string; urgent: boolean };
let tell: (said: Said) => void = () => undefined;

export function announce(text: string, urgent = false): void {
  tell({ text, urgent });
}

export function Announcer() {
  const [polite, setPolite] = useState("");
  const [assertive, setAssertive] = useState("");
  useEffect(() => {
    tell = ({ text, urgent }) => (urgent ? setAssertive(text) : setPolite(text));
    return () => {
      tell = () => undefined;
    };
  }, []);
  return (
    <div class="unseen">
      <div role="status" aria-live="polite" data-said="polite">{polite}</div>
      <div role="alert" aria-live="assertive" data-said="assertive">{assertive}</div>
    </div>
  );
}
