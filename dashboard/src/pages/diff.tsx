// What changed between two releases.

import * as api from "../io/api";
import { useAsked } from "../io/use_page";
import { Shell } from "../parts/shell";
import { CopyLink, Section, Trouble, useTitle } from "../parts/small";
import { toDiff } from "../route";
import type { Difference } from "../types";
import { plural } from "../words/figures";

export function Diff({ app, from, to }: { app: string; from: string; to: string }) {
  const { found, problem } = useAsked(() => api.difference(app, from, to), [app, from, to]);
  useTitle(`${from} → ${to} of ${app}`);
  return (
    <Shell app={app} page="releases">
      <div class="head">
        <h1>
          {from} → {to}
        </h1>
        <a href={toDiff(app, to, from)}>The other way round</a>
        <CopyLink path={toDiff(app, from, to)} what="this comparison" />
      </div>
      {problem && <Trouble problem={problem} />}
      {found && (
        <>
          <Messages found={found} />
          <Flags found={found} />
          <Configuration found={found} />
          <Files found={found} />
          <Section title="Secrets" id="secrets">
            <p>{found.secrets === "same" ? "They are the same." : "They have changed. Their values are never shown."}</p>
          </Section>
        </>
      )}
    </Shell>
  );
}

function Messages({ found }: { found: Difference }) {
  return (
    <Section title="Message" id="message">
      <dl class="receipt">
        <div>
          <dt>{found.from}</dt>
          <dd>{found.message.from || <span class="dim">none</span>}</dd>
        </div>
        <div>
          <dt>{found.to}</dt>
          <dd>{found.message.to || <span class="dim">none</span>}</dd>
        </div>
      </dl>
    </Section>
  );
}

function Flags({ found }: { found: Difference }) {
  const { flags } = found;
  return (
    <Section title="Flags" id="flags">
      {flags.length === 0 ? (
        <p>They are the same.</p>
      ) : (
        <div class="wide" tabIndex={0} role="group" aria-label="Which flags changed">
          <table>
            <thead>
              <tr>
                <th scope="col">flag</th>
                <th scope="col">{found.from}</th>
                <th scope="col">{found.to}</th>
                <th scope="col">what</th>
              </tr>
            </thead>
            <tbody>
              {flags.map((change) => (
                <tr key={change.flag}>
                  <th scope="row">
                    <code>{change.flag}</code>
                  </th>
                  <td>
                    <del>{change.from ?? "–"}</del>
                  </td>
                  <td>
                    <ins>{change.to ?? "–"}</ins>
                  </td>
                  <td>{change.what === "changed" ? change.parts.join(", ") : change.what}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Configuration({ found }: { found: Difference }) {
  const { configuration: changes } = found;
  return (
    <Section title="Configuration" id="configuration">
      {changes.length === 0 ? (
        <p>It is the same.</p>
      ) : (
        <div class="wide" tabIndex={0} role="group" aria-label="What changed in the configuration">
          <table>
            <thead>
              <tr>
                <th scope="col">what</th>
                <th scope="col">{found.from}</th>
                <th scope="col">{found.to}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map((change) => (
                <tr key={change.path}>
                  <th scope="row">
                    <code>{change.path}</code>
                  </th>
                  <td>
                    <del>{shown(change.from)}</del>
                  </td>
                  <td>
                    <ins>{shown(change.to)}</ins>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function Files({ found }: { found: Difference }) {
  const { artifact } = found;
  if (artifact.same) {
    return (
      <Section title="Files" id="files">
        <p>They are the same.</p>
      </Section>
    );
  }
  if (!artifact.files) {
    return (
      <Section title="Files" id="files">
        <p>They have changed. Which ones is not known: one of the two releases is no longer kept.</p>
      </Section>
    );
  }
  const lists: [string, string, string[]][] = [
    ["+", "added", artifact.files.added],
    ["−", "removed", artifact.files.removed],
    ["~", "changed", artifact.files.changed],
  ];
  return (
    <Section title="Files" id="files">
      {lists
        .filter(([, , files]) => files.length)
        .map(([sign, what, files]) => (
          <div key={what} class={`files ${what}`}>
            <h3>
              {plural(files.length, "file")} {what}
            </h3>
            <ul>
              {files.map((file) => (
                <li key={file}>
                  <code>
                    <span aria-hidden="true">{sign} </span>
                    {file}
                  </code>
                </li>
              ))}
            </ul>
          </div>
        ))}
    </Section>
  );
}
