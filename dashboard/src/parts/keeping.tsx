// Locks, freeze and windows: what lets no deployment start; the models that are loaded; and what two environments cost.

import { useState } from "preact/hooks";
import * as api from "../io/api";
import { useMe, whyNot } from "../io/use_me";
import type { Model, Status } from "../types";
import { age, grouped, moment, span } from "../words/figures";
import { printable } from "../words/text";
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
        {status.models?.length > 0 && <Models models={status.models} />}
        {status.samples && (
          <div>
            <dt>answers</dt>
            <dd>
              <Sampled samples={status.samples} />
            </dd>
          </div>
        )}
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
  const sparing = typeof overlap.saved === "number" && typeof overlap.saved_per_hour === "number";
  const saved = sparing ? `; sharing has saved ${money(overlap.saved!)} (${money(overlap.saved_per_hour!)} an hour)` : "";
  return `both run for ${seconds < 90 ? span(seconds) : age(seconds)}${cost}${hourly}${saved}`;
}

/** Such as `chat-v12 in llm, for the live r3 in blue`. */
function modelWords({ name, component, state, why, needed_by }: Model): string {
  const where = component === null ? "in the release's folder" : `in ${component}`;
  const standing = state === "loaded" || component === null ? "" : ` is ${state}${why ? `: ${why}` : ""}`;
  return `${name} ${where}${standing}${needed_by.length ? `, for ${needed_by.join(" and ")}` : ""}`;
}

function Models({ models }: { models: Model[] }) {
  return (
    <div>
      <dt>models</dt>
      <dd>
        {models.map((model) => (
          <p key={`${model.component} ${model.name}`}>
            {model.state === "loading" && <Sign mark="unsure" />} {modelWords(model)}
          </p>
        ))}
      </dd>
    </div>
  );
}

function Sampled({ samples }: { samples: NonNullable<Status["samples"]> }) {
  const { share, seen, dropped, why } = samples;
  return (
    <>
      {(dropped > 0 || why) && <Sign mark="unsure" />} {share} % sampled, {grouped(seen)} seen, {grouped(dropped)} dropped
      {why && `; nothing is scored: ${printable(why)}`}
    </>
  );
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
