// The logs of one component at full height. Which one stands in the address.

import * as api from "../io/api";
import { useAsked } from "../io/use_page";
import { LogView } from "../parts/log_view";
import { Shell } from "../parts/shell";
import { Trouble, useTitle } from "../parts/small";
import { go, toLogs } from "../route";

export function Logs({ app, query }: { app: string; query: URLSearchParams }) {
  const { found, problem } = useAsked(() => api.status(app), [app]);
  const [place, component] = [query.get("place"), query.get("component")];
  useTitle(`Logs of ${app}`);
  return (
    <Shell app={app} page="logs">
      <h1>Logs</h1>
      {problem && <Trouble problem={problem} />}
      {found && (
        <LogView
          status={found}
          chosen={place && component ? { place, component } : undefined}
          choose={(source) => go(`${toLogs(app)}?${new URLSearchParams({ ...source })}`, true)}
        />
      )}
    </Shell>
  );
}
