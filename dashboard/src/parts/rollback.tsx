// The way back: one large button that says what it will do and how long it takes.

import { useEffect, useRef } from "preact/hooks";
import * as api from "../io/api";
import { useMe, whyNot } from "../io/use_me";
import type { RollbackAnswer, Status, WayBack } from "../types";
import { age, duration, quantity } from "../words/figures";
import { announce } from "./announce";
import { Ask } from "./ask";
import { openDialog } from "./dialog";
import { useNow } from "./small";
import { shortcuts } from "./shortcuts";

interface Props {
  status: Status;
  /** Added to this browser's clock it gives the controller's. */
  offset: number;
  stale: boolean;
}

export function RollbackButton({ status, offset, stale }: Props) {
  const now = useNow() + offset;
  const way = status.next.rollback;
  const refused = whyNot(useMe(), "roll back", status.app);
  const not = refused ?? (way ? null : noWay(status));
  const ask = () => {
    if (not === null && way) openDialog((close) => <RollbackQuestion status={status} way={way} offset={offset} close={close} />);
    else announce(not ?? "");
  };
  const asking = useRef(ask);
  asking.current = ask;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "r" || !shortcuts.take(event)) return;
      event.preventDefault();
      asking.current();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  return (
    <div class={`rollback ${not === null ? "" : "cannot"}`}>
      <button
        type="button"
        id="rollback"
        class="danger large"
        aria-disabled={not !== null}
        aria-describedby="rollback-says"
        aria-keyshortcuts={shortcuts.on() ? "r" : undefined}
        onClick={ask}
      >
        <span class="verb">Roll back{way && <> to {way.release}</>}</span>
        {shortcuts.on() && <kbd aria-hidden="true">r</kbd>}
      </button>
      <p class="says" id="rollback-says">
        {not ?? wayWords(way!, now)}
        {!stale || not ? "" : " (as it was when the page was last connected)"}
      </p>
    </div>
  );
}

function noWay(status: Status): string {
  if (status.deployment) return "Users have seen nothing of the deployment under way: abort it instead.";
  return status.live ? "There is nothing else to go back to." : "It is not live: there is nothing to go back from.";
}

/** Such as `back to r41, warm, about 10 ms; last probed 3 s ago: healthy`. */
export function wayWords(way: WayBack, now: number): string {
  const how = way.instant ? "warm" : "through the idle environment, which is started and checked first";
  const about = timeWords(way);
  return `back to ${way.release}, ${how}${about}${probedWords(way, now)}`;
}

function timeWords(way: WayBack): string {
  if (way.waits_for?.length) return `, once ${way.waits_for.join(", ")} is loaded again`;
  const seconds = way.seconds === undefined ? way.about : way.seconds;
  return seconds === null ? ", how long it takes is unknown" : `, about ${quantity(seconds, "seconds")}`;
}

function probedWords({ instant, probed }: WayBack, now: number): string {
  if (!instant) return "";
  if (!probed) return "; not probed lately";
  return `; last probed ${age(now - probed.at)} ago: ${probed.healthy ? "healthy" : "IT DOES NOT ANSWER WELL"}`;
}

interface Question {
  status: Status;
  way: WayBack;
  offset: number;
  close: () => void;
}

function RollbackQuestion({ status, way, offset, close }: Question) {
  const now = useNow() + offset;
  const live = status.live;
  const from = live ? status.environments[live].release : null;
  const d = status.deployment;
  const act = async (key: string) => {
    const began = performance.now();
    const answer = await api.rollback(status.app, null, key);
    return outcomeWords(answer, (performance.now() - began) / 1000);
  };
  return (
    <Ask title={`Roll ${status.app} back?`} yes={`Roll back to ${way.release}`} act={act} close={close} danger>
      <p class="will">
        Users go <strong>{wayWords(way, now)}</strong>.
      </p>
      <ul>
        {d ? (
          <li>
            Deployment {d.number} of {d.release} ends as rolled back.
          </li>
        ) : (
          from && <li>{from} is left; it drains first, so that nothing under way fails.</li>
        )}
        {way.instant ? <li>No request fails because of it.</li> : <li>Until it is ready, users stay where they are.</li>}
        {(status.lock || status.freeze) && <li>It works in spite of the lock or the freeze.</li>}
      </ul>
    </Ask>
  );
}

/** What a rollback did, with the confirmed route. */
function outcomeWords(answer: RollbackAnswer, took: number): string {
  if (answer.deployment === null) return answer.notice;
  if (answer.confirmed) {
    return `Back on ${answer.release} (${answer.live}): confirmed in ${duration(took)}, epoch ${answer.epoch}.`;
  }
  return `On the way to ${answer.target}: deployment ${answer.deployment} is under way; the page follows it. The route is not confirmed yet.`;
}

/** Bring back any kept release, from the list of releases. */
export function BringBack({ app, release, close }: { app: string; release: string; close: () => void }) {
  const act = async (key: string) => {
    const began = performance.now();
    return outcomeWords(await api.rollback(app, release, key), (performance.now() - began) / 1000);
  };
  return (
    <Ask title={`Bring ${release} back?`} yes={`Bring back ${release}`} act={act} close={close} danger>
      <p>
        {app} goes back to <strong>{release}</strong>: at once when it is still warm, otherwise it is started and checked in
        the idle environment first. Until it is ready, users stay where they are.
      </p>
    </Ask>
  );
}
