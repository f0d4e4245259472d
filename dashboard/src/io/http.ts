// Requests to the API: with the session, and with errors that say what, why and what to do.

import { keep, session } from "./session";

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly what: string,
    readonly why = "",
    readonly cure = "",
  ) {
    super(what);
  }

  /** Whether the controller was reached at all. */
  get answered(): boolean {
    return this.status > 0;
  }
}

const WITHIN = 15_000;
/** Milliseconds that a single answer may take; an answer that streams has no end. */

interface Options {
  method?: string;
  body?: unknown;
  key?: string;
  signal?: AbortSignal;
}

/** One request and its JSON. Raises Problem; a session that is no longer valid ends. */
export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const limit = AbortSignal.timeout(WITHIN);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const response = await send(path, { ...options, signal });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A write: the same key twice does it once. */
export function write<T>(method: string, path: string, body?: unknown, key: string = newKey()): Promise<T> {
  return request<T>(path, { method, body, key });
}

/** `crypto.randomUUID`, which a page has only over TLS or on loopback. */
export function newKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A response whose body is read as it comes. */
export async function stream(path: string, accept: string, signal: AbortSignal, lastId?: string): Promise<Response> {
  return send(path, { signal }, { Accept: accept, ...(lastId ? { "Last-Event-ID": lastId } : {}) });
}

async function send(path: string, options: Options, headers: Record<string, string> = {}): Promise<Response> {
  const token = session();
  const all: Record<string, string> = { Accept: "application/json", ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (options.body !== undefined) all["Content-Type"] = "application/json";
  if (options.key) all["Idempotency-Key"] = options.key;
  let response: Response;
  try {
    response = await fetch(path, {
      method: options.method ?? "GET",
      headers: all,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "The controller does not answer.", String((error as Error).message), "Applications go on serving. Try again.");
  }
  if (response.ok) return response;
  if (response.status === 401 && token && token === session()) keep(null);
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  const found = await response.json().catch(() => ({}));
  const what = found.what ?? found.detail ?? `The controller answered ${response.status}.`;
  return new Problem(response.status, String(what), String(found.why ?? ""), String(found.cure ?? ""));
}

/** Any error as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const late = error instanceof DOMException && error.name === "TimeoutError";
  // An answer that breaks off in the middle of its body is no fault of the page, and has no words worth showing.
  if (error instanceof TypeError && /network|fetch|load failed/i.test(error.message)) return new Problem(0, "The controller does not answer.");
  return new Problem(0, late ? "The controller did not answer in time." : "That did not work.", late ? "" : String(error));
}
