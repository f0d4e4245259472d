// Signing in with a token, or with the one-time code of `bluegreen open`.

import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../io/api";
import { asProblem, type Problem } from "../io/http";
import { keep } from "../io/session";
import { Trouble, useTitle } from "../parts/small";
import { ThemeButton } from "../parts/theme";

export function SignIn({ code, notice }: { code: string | null; notice: string }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(code !== null);
  const field = useRef<HTMLInputElement>(null);
  useTitle("Sign in");
  const enter = async (secret: { token: string } | { code: string }) => {
    setBusy(true);
    setProblem(null);
    try {
      keep((await api.signIn(secret)).session);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
      field.current?.focus();
    }
  };
  useEffect(() => {
    if (code) void enter({ code });
  }, [code]);
  const submit = (event: Event) => {
    event.preventDefault();
    const token = field.current?.value.trim();
    if (token) void enter({ token });
  };
  return (
    <main id="main" class="sign-in" tabIndex={-1}>
      <div class="brand">
        <span class="mark" aria-hidden="true" />
        bluegreen <ThemeButton />
      </div>
      <h1>Sign in</h1>
      {notice && !problem && <p role="status">{notice}</p>}
      {problem && <Trouble problem={problem} />}
      <form onSubmit={submit} class="panel">
        <label class="field">
          Token
          <input ref={field} type="password" name="token" autocomplete="off" spellcheck={false} required />
        </label>
        <button type="submit" class="main" aria-disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      <p class="dim">
        On the controller's machine, <code>bluegreen open</code> signs you in. Elsewhere an admin makes a token with{" "}
        <code>bluegreen token create</code>.
      </p>
    </main>
  );
}
