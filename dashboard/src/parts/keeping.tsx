// Locks, freeze and windows: what lets no deployment start; and what two environments cost.

import { useState } from "preact/hooks";
import * as api from "../io/api";
import { useMe, whyNot } from "../io/use_me";
import type { Status } from "../types";
import { age, moment, span } from "../words/figures";
import { Ask, AskButton } from "./ask";
import { Section, Sign } from "./small";

export function Keeping({ status, now }: { status: Status; now: number }) {
  return (
    <Section title="May it be deployed?" id="keeping" class="keeping-panel">
      <dl class="rows">
        <div>
          <dt>lock</dt>
          <dd>
            {status.lock ? (
              <>
                <Sign mark="unsure" /> locked since {moment(status.lock.since)} by {status.lock.actor}: {status.lock.why}
              </>
            ) : (
              "open"
            )}{" "}
            <LockButton status={status} />
          </dd>
        </div>
        <div>
          <dt>freeze</dt>
          <dd>
            {status.freeze ? <FreezeWords status={status} /> : "none"} <FreezeButton status={status} />
          </dd>
        </div>
        <div>
          <dt>window</dt>
          <dd>{windowWords(status)}</dd>
        </div>
        <div>
          <dt>next</dt>
          <dd>{nextWords(status)}</dd>
        </div>
        <div>
          <dt>overlap</dt>
          <dd>{overlapWords(status, now)}</dd>
        </div>
      </dl>
    </Section>
  );
}

function FreezeWords({ status }: { status: Status }) {
  const { start, until, why, actor } = status.freeze!;
  return (
    <>
      <Sign mark="unsure" /> from {moment(start)} {until ? `until ${moment(until)}` : "until it is lifted"} by {actor}: {why}
    </>
  );
}

function nextWords({ deployment, next }: Status): string {
  if (deployment) return `deployment ${deployment.number} is under way`;
  return next.takes ? `the next deployment ends ${next.takes}` : "the next deployment ends nothing that runs";
}

function windowWords({ window }: Status): string {
  if (window.open) return window.why || "deployments may move users now";
  if (window.open === null) return `unknown: ${window.why}`;
  return `no deployments now: ${window.why}${window.opens && `; open again ${window.opens}`}`;
}

function overlapWords({ overlap }: Status, now: number): string {
  if (!overlap) return "only one environment runs";
  const seconds = Math.max(overlap.seconds, now - overlap.since);
  const cost = overlap.cost === null ? "" : `, ${money(overlap.cost)} so far`;
  const hourly = overlap.per_hour === null ? "" : ` (${money(overlap.per_hour)} an hour)`;
  return `both run for ${seconds < 90 ? span(seconds) : age(seconds)}${cost}${hourly}`;
}

const money = (value: number) => value.toFixed(2);

function LockButton({ status }: { status: Status }) {
  const not = whyNot(useMe(), "lock", status.app);
  return (
    <AskButton
      id="lock"
      label={status.lock ? "Unlock" : "Lock"}
      class="plain small"
      not={not}
      question={(close) => (status.lock ? <Unlock app={status.app} close={close} /> : <Lock app={status.app} close={close} />)}
    />
  );
}

interface Props {
  app: string;
  close: () => void;
}

function Lock({ app, close }: Props) {
  const [why, setWhy] = useState("");
  const act = async () => (await api.lock(app, needed(why))).notice || `${app} is locked.`;
  return (
    <Ask title={`Lock ${app}?`} yes="Lock" act={act} close={close}>
      <p>No deployment starts until it is unlocked. Rolling back works all the same.</p>
      <Why value={why} change={setWhy} />
    </Ask>
  );
}

function Unlock({ app, close }: Props) {
  const act = async () => (await api.unlock(app)).notice || `${app} is unlocked.`;
  return (
    <Ask title={`Unlock ${app}?`} yes="Unlock" act={act} close={close}>
      <p>Deployments may start again.</p>
    </Ask>
  );
}

function FreezeButton({ status }: { status: Status }) {
  const not = whyNot(useMe(), "lock", status.app);
  return (
    <AskButton
      id="freeze"
      label={status.freeze ? "Lift the freeze" : "Freeze"}
      class="plain small"
      not={not}
      question={(close) => (status.freeze ? <Unfreeze app={status.app} close={close} /> : <Freeze app={status.app} close={close} />)}
    />
  );
}

function Freeze({ app, close }: Props) {
  const [why, setWhy] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const act = async () => {
    const body = { from: iso(from), until: iso(until), why: needed(why) };
    return (await api.freeze(app, body)).notice || `${app} is frozen.`;
  };
  return (
    <Ask title={`Freeze ${app}?`} yes="Freeze" act={act} close={close}>
      <p>No deployment starts in this time. Rolling back works all the same. Times are in your time zone.</p>
      <Why value={why} change={setWhy} />
      <label class="field">
        From (empty: now)
        <input type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label class="field">
        Until (empty: until it is lifted)
        <input type="datetime-local" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
      </label>
    </Ask>
  );
}

function Unfreeze({ app, close }: Props) {
  const act = async () => (await api.unfreeze(app)).notice || `${app} is no longer frozen.`;
  return (
    <Ask title={`Lift the freeze of ${app}?`} yes="Lift the freeze" act={act} close={close}>
      <p>Deployments may start again.</p>
    </Ask>
  );
}

const iso = (local: string) => (local ? new Date(local).toISOString() : null);

function needed(why: string): string {
  if (!why.trim()) throw new Error("Say why, so that others know.");
  return why.trim();
}

function Why({ value, change }: { value: string; change: (value: string) => void }) {
  return (
    <label class="field">
      Why
      <input type="text" required maxLength={500} value={value} onInput={(event) => change(event.currentTarget.value)} />
    </label>
  );
}
