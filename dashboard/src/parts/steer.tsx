// What a person may do about the deployment under way.

import * as api from "../io/api";
import { useMe, whyNot } from "../io/use_me";
import type { Deployment, Status } from "../types";
import { Ask, AskButton } from "./ask";

const MOVED = new Set(["switching", "watching", "rolling back"]);

export function Steer({ status, d }: { status: Status; d: Deployment }) {
  const me = useMe();
  const held = Boolean(status.watch?.held);
  const waits = d.phase === "awaiting approval" || (d.phase === "watching" && held);
  return (
    <div class="steer">
      {waits && (
        <AskButton
          id="approve"
          label="Approve"
          class="main"
          not={whyNot(me, "approve", status.app)}
          question={(close) => <Approve app={status.app} d={d} held={held} close={close} />}
        />
      )}
      {d.phase !== "rolling back" && (
        <AskButton
          id="abort"
          label="Abort"
          class="plain"
          not={whyNot(me, "roll back", status.app)}
          question={(close) => <Abort app={status.app} d={d} close={close} />}
        />
      )}
    </div>
  );
}

interface Props {
  app: string;
  d: Deployment;
  close: () => void;
}

function Approve({ app, d, held, close }: Props & { held: boolean }) {
  const act = async (key: string) => (await api.approve(app, d.number, key)).notice || `Deployment ${d.number} goes on.`;
  return (
    <Ask title={`Approve deployment ${d.number}?`} yes={`Approve ${d.release}`} act={act} close={close}>
      <p>
        {held
          ? `The guards could not tell whether ${d.release} is healthy. It goes on without their verdict.`
          : `Every check has allowed ${d.release} in ${d.color}. Users are led to it now.`}
      </p>
      {d.message && <p class="dim">{d.message}</p>}
    </Ask>
  );
}

function Abort({ app, d, close }: Props) {
  const act = async (key: string) => (await api.abort(app, d.number, key)).notice || `Deployment ${d.number} is being ended.`;
  return (
    <Ask title={`Abort deployment ${d.number}?`} yes={`Abort ${d.release}`} act={act} close={close} danger>
      <p>
        {MOVED.has(d.phase)
          ? `Users are led back to ${d.previous ?? "where they were"} first, then deployment ${d.number} ends as rolled back.`
          : `${d.release} is stopped in ${d.color}. Users have seen nothing of it.`}
      </p>
    </Ask>
  );
}
