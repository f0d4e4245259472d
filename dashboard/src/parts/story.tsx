// What happened in each phase of a deployment.

import { clock, duration } from "../words/figures";
import type { Note, Stretch, Timeline } from "../words/timeline";
import { Guards } from "./guards";
import { Sign } from "./small";

export function Story({ line }: { line: Timeline }) {
  return (
    <ol class="story">
      {line.stretches.map((stretch) => (
        <li key={`${stretch.phase} ${stretch.since}`}>
          <Head stretch={stretch} />
          <ul class="notes">
            {stretch.notes.map((note, index) => (
              <ToldNote key={index} note={note} />
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

function Head({ stretch }: { stretch: Stretch }) {
  const mark = stretch.until === null ? "plain" : stretch.good ? "good" : "bad";
  return (
    <h3>
      <Sign mark={mark} /> {stretch.phase}{" "}
      <small class="dim">
        {clock(stretch.since)}, {stretch.until === null ? "under way" : duration(stretch.until - stretch.since)}
      </small>
    </h3>
  );
}

export function ToldNote({ note }: { note: Note }) {
  return (
    <li class={note.mark}>
      <Sign mark={note.mark} /> {note.text}
      {note.details.length > 0 && <pre tabIndex={0}>{note.details.join("\n")}</pre>}
      {note.findings.length > 0 && (
        <details open={note.mark !== "good"}>
          <summary>What the guards judged by</summary>
          <Guards findings={note.findings} />
        </details>
      )}
    </li>
  );
}
