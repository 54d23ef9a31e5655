// The page of a day: searches while somebody types, and plays what was recorded.

import {EXPIRED, whatIsWrong} from "./answers.js";

const base = document.body.dataset.base;
const notice = document.getElementById("notice");
const search = document.getElementById("search");
const list = document.getElementById("entries");
const player = document.getElementById("player");
const audio = document.getElementById("audio");
const playing = document.getElementById("playing");
const trouble = document.getElementById("trouble");
const MOST_S = Number(player.dataset.most);
const WAIT_MS = 250;
const OUTDATED = "The server does not respond. The data shown may be outdated.";

document.getElementById("pick").addEventListener("change", (event) => {
  if (event.target.validity.valid && event.target.value) event.currentTarget.requestSubmit();
});

let waiting = 0;
let asked = null;

async function find() {
  asked?.abort();
  asked = new AbortController();
  const signal = asked.signal;
  const values = new URLSearchParams(new FormData(search));
  for (const [name, value] of [...values]) if (!value) values.delete(name);
  list.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${base}/airplay/entries?${values}`, {signal});
    if (answer.status === 401) throw new Error(EXPIRED);
    if (!answer.ok) throw new Error(OUTDATED);
    const text = await answer.text();
    if (signal.aborted) return;
    list.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.children);
    history.replaceState(null, "", `${base}/airplay?${values}`);
    notice.hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    notice.textContent = error.message === EXPIRED ? EXPIRED : OUTDATED;
    notice.hidden = false;
  }
  list.setAttribute("aria-busy", "false");
}

search?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(find, WAIT_MS);
});
search?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  find();
});

let current = null;

function play(entry, from, to, label) {
  current = {entry, from, to, label};
  player.hidden = false;
  document.body.classList.add("with-player");
  playing.textContent = label;
  trouble.textContent = "";
  for (const one of document.querySelectorAll(".play")) one.setAttribute("aria-pressed", String(one.dataset.entry === entry));
  audio.src = `${player.dataset.api}/clips/${encodeURIComponent(entry)}?offset=${from.toFixed(3)}`;
  audio.play().catch(() => {});
}

audio.addEventListener("error", async () => {
  if (!current || !audio.getAttribute("src")) return;
  const address = audio.src;
  try {
    const answer = await fetch(address, {headers: {range: "bytes=0-0"}});
    const said = answer.ok ? "This browser cannot play it." : await whatIsWrong(answer);
    if (audio.src === address) trouble.textContent = said;
  } catch {
    trouble.textContent = "The server cannot be reached.";
  }
});

audio.addEventListener("ended", () => {
  if (!current) return;
  const {entry, from, to, label} = current;
  if (from + MOST_S < to) {
    play(entry, from + MOST_S, to, label);
    return;
  }
  const buttons = [...document.querySelectorAll(".play")];
  const next = buttons[buttons.findIndex((one) => one.dataset.entry === entry) + 1];
  if (next && buttons.some((one) => one.dataset.entry === entry)) next.click();
});

document.getElementById("stop").addEventListener("click", () => {
  current = null;
  audio.pause();
  audio.removeAttribute("src");
  player.hidden = true;
  document.body.classList.remove("with-player");
  for (const one of document.querySelectorAll(".play")) one.setAttribute("aria-pressed", "false");
});

list?.addEventListener("click", (event) => {
  const button = event.target.closest(".play");
  if (button) play(button.dataset.entry, Number(button.dataset.from), Number(button.dataset.to), button.dataset.label);
});

const strip = document.getElementById("window");
const pieces = [...(strip?.querySelectorAll("[data-entry]") ?? [])];

function playPiece(piece, share) {
  const from = Number(piece.dataset.from) + share * Number(piece.dataset.span);
  play(piece.dataset.entry, from, Number(piece.dataset.to), piece.dataset.label);
}

// One stop for the Tab key; the arrow keys go from piece to piece.
function reach(piece) {
  for (const one of pieces) one.setAttribute("tabindex", one === piece ? "0" : "-1");
}

if (pieces.length) reach(pieces[0]);
strip?.addEventListener("focusin", (event) => {
  const piece = event.target.closest("[data-entry]");
  if (piece) reach(piece);
});
strip?.addEventListener("click", (event) => {
  const piece = event.target.closest("[data-entry]");
  if (!piece) return;
  const box = piece.getBoundingClientRect();
  playPiece(piece, Math.max(0, Math.min(0.99, (event.clientX - box.left) / box.width)));
});
strip?.addEventListener("keydown", (event) => {
  const at = pieces.indexOf(event.target);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: pieces.length - 1}[event.key];
  if (to !== undefined) pieces[Math.max(0, Math.min(pieces.length - 1, to))].focus();
  else if (event.key === "Enter" || event.key === " ") playPiece(event.target, 0);
  else return;
  event.preventDefault();
});
