// One request over a poor network: ended after a while, and told apart by what the page has to do next.
const PATIENCE_MS = 20_000;

export class Away extends Error {}
export class SignIn extends Error {}
export class Revoked extends Error {}
export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export function cookie(name) {
  return document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

export async function ask(address, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, {
      ...options, cache: "no-store", credentials: "same-origin", redirect: "manual", signal: stop.signal,
      headers: { Accept: "application/json", ...(options.body ? { "X-CSRFToken": cookie("csrftoken") } : {}), ...options.headers },
    });
    if (answer.status === 304 || answer.ok) {
      return { answer, body: answer.status === 304 ? null : await answer.json() };
    }
    await sort(answer);
  } catch (problem) {
    if (problem instanceof SignIn || problem instanceof Revoked || problem instanceof Refusal) throw problem;
    throw new Away();
  } finally {
    clearTimeout(timer);
  }
  throw new Away();
}

async function sort(answer) {
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 410 && told.type === "urn:nanxi:phone-revoked") throw new Revoked(told.detail);
  // 403 is a forgery check that does not know this page's cookie any more: signing in makes a new one.
  if (answer.status === 401 || answer.status === 403) throw new SignIn();
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
    throw new Refusal(answer.status, told.detail ?? "");
  }
}
