// A question that has to be answered first: the browser's own dialog keeps the focus inside, and Esc cancels.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

type Render = (close: () => void) => VNode;
let open: (render: Render) => void = () => undefined;

/** Show a dialog. It stays until it is closed, also when what opened it is gone by then. */
export function openDialog(render: Render): void {
  open(render);
}

/** Where dialogs are shown: once, around every page. */
export function Dialogs() {
  const [render, setRender] = useState<Render | null>(null);
  useEffect(() => {
    open = (wanted) => setRender(() => wanted);
    return () => {
      open = () => undefined;
    };
  }, []);
  return render && render(() => setRender(null));
}

interface Props {
  title: string;
  close: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      const back = before instanceof HTMLElement && before.isConnected ? before : document.getElementById("main");
      back?.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={close}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}
