// The operations of the API that the dashboard uses: all of them public and documented.

import type {
  Deployment,
  DeploymentInFull,
  Difference,
  Entry,
  Figures,
  Me,
  Receipt,
  Release,
  RollbackAnswer,
  RouteMark,
  Status,
} from "../types";
import { request, write } from "./http";

const at = (app: string) => `/v1/apps/${encodeURIComponent(app)}`;

export const me = () => request<Me>("/v1/me");
export const signIn = (secret: { token: string } | { code: string }) =>
  write<{ session: string; expires: number; me: Me }>("POST", "/v1/session", secret);
export const signOut = () => write<void>("DELETE", "/v1/session");

export const apps = (signal?: AbortSignal) => request<{ apps: Status[] }>("/v1/apps", { signal });
export const status = (app: string) => request<Status>(at(app));
export const figures = (app: string, seconds: number) =>
  request<{ points: Figures[]; marks: RouteMark[] }>(`${at(app)}/figures?seconds=${seconds}`);
export const events = (app: string, limit: number) =>
  request<{ events: Entry[] }>(`${at(app)}/events?newest=true&limit=${limit}`);

export type Filters = Partial<Record<"result" | "kind" | "release" | "actor", string>>;
export type Page<Name extends string, Item> = Record<Name, Item[]> & { next?: string | null };

export const deployments = (app: string, limit: number, filters: Filters = {}) =>
  request<Page<"deployments", Deployment>>(`${at(app)}/deployments?${new URLSearchParams({ limit: `${limit}`, ...filters })}`);
export const deployment = (app: string, number: number) => request<DeploymentInFull>(`${at(app)}/deployments/${number}`);
export const receipt = (app: string, number: number) => request<Receipt>(`${at(app)}/deployments/${number}/receipt`);
export const releases = (app: string, limit: number) =>
  request<Page<"releases", Release>>(`${at(app)}/releases?limit=${limit}`);
export const difference = (app: string, from: string, to: string) =>
  request<Difference>(`${at(app)}/releases/${encodeURIComponent(from)}/diff/${encodeURIComponent(to)}`);
/** The next page of a list: its address comes from the API. */
export const next = <T>(path: string) => request<T>(path);

export const approve = (app: string, number: number, key: string) =>
  write<{ notice: string }>("POST", `${at(app)}/deployments/${number}/approve`, undefined, key);
export const abort = (app: string, number: number, key: string) =>
  write<{ notice: string }>("POST", `${at(app)}/deployments/${number}/abort`, undefined, key);
export const rollback = (app: string, to: string | null, key: string) =>
  write<RollbackAnswer>("POST", `${at(app)}/rollback`, { to }, key);
export const lock = (app: string, why: string) => write<{ notice: string }>("PUT", `${at(app)}/lock`, { why });
export const unlock = (app: string) => write<{ notice: string }>("DELETE", `${at(app)}/lock`);
export const freeze = (app: string, body: { from: string | null; until: string | null; why: string }) =>
  write<{ notice: string }>("PUT", `${at(app)}/freeze`, body);
export const unfreeze = (app: string) => write<{ notice: string }>("DELETE", `${at(app)}/freeze`);
export const logsPath = (app: string, query: Record<string, string>) => `${at(app)}/logs?${new URLSearchParams(query)}`;
