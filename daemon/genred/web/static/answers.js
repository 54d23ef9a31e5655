// What is wrong where the server answers with no result.

export const EXPIRED = "Your session has expired. Log in again.";

export async function whatIsWrong(answer) {
  if (answer.status === 401) return EXPIRED;
  const found = await answer.json().catch(() => ({}));
  return found.error ?? `The server answered ${answer.status}.`;
}
