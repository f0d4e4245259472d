// One stream of an application's status, figures and entries, taken up again after a break where it ended.

import type { Entry, Figures, Status } from "../types";
import { asProblem, type Problem, stream } from "./http";
import { HIDDEN } from "./seen";
import { messages } from "./sse";

/** Figures come every second: so long a silence (milliseconds) is a broken connection. */
const SILENCE = 6000;
const FIRST_WAIT = 400;
const LONGEST_WAIT = 8000;
/** There is no such application, or not for this person: that is no broken connection, but it may become one that works. */
const REFUSALS = new Set([403, 404]);

export interface Connection {
  state: "connecting" | "live" | "broken" | "refused";
  /** Since when it is broken, in seconds since 1970 by this browser's clock. */
  since: number | null;
  problem: Problem | null;
}

export interface Handlers {
  status(status: Status): void;
  figures(figures: Figures): void;
  entry(entry: Entry): void;
  connection(connection: Connection): void;
}

/** Follow an application until the function that comes back is called. */
export function follow(app: string, handlers: Handlers): () => void {
  const follower = new Follower(`/v1/apps/${encodeURIComponent(app)}/live`, handlers);
  follower.start();
  return () => follower.stop();
}

class Follower {
  private readonly ended = new AbortController();
  private attempt = new AbortController();
  private wake: (() => void) | null = null;
  private lastId = "";
  private wait = FIRST_WAIT;
  private brokenSince: number | null = null;
  private silence = 0;
  private hiding = 0;
  private hidden = false;

  constructor(
    private readonly path: string,
    private readonly handlers: Handlers,
  ) {}

  start(): void {
    document.addEventListener("visibilitychange", this.seen);
    addEventListener("online", this.hurry);
    void this.run();
  }

  stop(): void {
    this.ended.abort();
    this.attempt.abort();
    clearTimeout(this.silence);
    clearTimeout(this.hiding);
    document.removeEventListener("visibilitychange", this.seen);
    removeEventListener("online", this.hurry);
    this.wake?.();
  }

  private readonly hurry = () => {
    this.wait = FIRST_WAIT;
    this.wake?.();
  };

  private readonly seen = () => {
    clearTimeout(this.hiding);
    if (document.hidden) {
      this.hiding = window.setTimeout(() => {
        this.hidden = true;
        this.attempt.abort();
      }, HIDDEN);
    } else {
      this.hidden = false;
      this.hurry();
    }
  };

  private async run(): Promise<void> {
    this.handlers.connection({ state: "connecting", since: null, problem: null });
    while (!this.ended.signal.aborted) {
      let problem: Problem | null = null;
      try {
        await this.once();
      } catch (error) {
        problem = asProblem(error);
      }
      clearTimeout(this.silence);
      if (this.ended.signal.aborted) return;
      this.brokenSince ??= Date.now() / 1000;
      const refused = problem !== null && REFUSALS.has(problem.status);
      this.handlers.connection({ state: refused ? "refused" : "broken", since: this.brokenSince, problem });
      await this.pause();
    }
  }

  /** One connection, until it breaks. */
  private async once(): Promise<void> {
    this.attempt = new AbortController();
    this.listen();
    const response = await stream(this.path, "text/event-stream", this.attempt.signal, this.lastId);
    for await (const message of messages(response.body!, () => this.listen())) {
      if (message.id) this.lastId = message.id;
      this.take(message.event, message.data);
    }
  }

  private take(event: string, data: string): void {
    const value: unknown = JSON.parse(data);
    if (event === "status") {
      this.brokenSince = null;
      this.wait = FIRST_WAIT;
      this.handlers.status(value as Status);
      this.handlers.connection({ state: "live", since: null, problem: null });
    } else if (event === "figures") this.handlers.figures(value as Figures);
    else if (event === "entry") this.handlers.entry(value as Entry);
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => this.attempt.abort(), SILENCE);
  }

  private async pause(): Promise<void> {
    const wait = this.hidden ? 2 ** 31 - 1 : this.wait * (0.75 + Math.random() / 2);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    await new Promise<void>((resolve) => {
      const timer = window.setTimeout(resolve, wait);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }
}
