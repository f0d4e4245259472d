// Who is signed in, and what they may do.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Me } from "../types";

export const Who = createContext<Me>({ name: "", via: "", grants: [], rights: {}, all: [] });

export const useMe = () => useContext(Who);

export function may(me: Me, right: string, app: string): boolean {
  return (me.rights[app] ?? me.all).includes(right) || me.all.includes(right);
}

/** Why somebody may not, in words; null when they may. */
export function whyNot(me: Me, right: string, app: string): string | null {
  if (may(me, right, app)) return null;
  const own = me.grants.filter((grant) => !grant.app || grant.app === app);
  const roles = own.map((grant) => grant.role).join(", ") || "none";
  return `It needs the right to ${right} ${app}; your roles there: ${roles}.`;
}
