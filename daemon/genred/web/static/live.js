// The live page: follows the stations by server-sent events, and draws each as a card.

import {EXPIRED, whatIsWrong} from "./answers.js";

const base = document.body.dataset.base;
const cards = document.getElementById("cards");
const notice = document.getElementById("notice");
const summary = document.getElementById("summary");
const template = document.getElementById("card");
const dialog = document.getElementById("confirm");
let marks = JSON.parse(document.getElementById("marks").textContent);
const causes = JSON.parse(document.getElementById("causes").textContent);
const mayControl = cards.dataset.control === "yes";
const HOUR_S = 3600;
const SHOWN_SHARES = 3;
const STALE_AFTER_S = 90;

const stations = new Map();
const parts = new Map();
let connection = null;
let reaches = false;
let expired = false;

function markOf(word) {
  return marks[word] ?? [null, (word ?? "?").slice(0, 2)];
}

function paint(element, word) {
  const slot = markOf(word)[0];
  for (const name of [...element.classList]) if (name.startsWith("c-")) element.classList.remove(name);
  if (slot) element.classList.add(`c-${slot}`);
}

function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < HOUR_S) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 48 * HOUR_S) return `${Math.floor(whole / HOUR_S)} h ${Math.floor((whole % HOUR_S) / 60)} min`;
  return `${Math.floor(whole / (24 * HOUR_S))} days`;
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function makeCard(id) {
  const card = template.content.firstElementChild.cloneNode(true);
  card.dataset.id = id;
  const find = (selector) => card.querySelector(selector);
  const found = {
    card, name: find("h2"), alarms: find(".alarms"), mark: find(".mark"), word: find(".word"), sure: find(".sure"),
    since: find(".for"), song: find(".song"), shares: find(".shares"), hour: find(".hour"), level: find(".level"),
    meter: find(".level span"), last: find(".last"), buttons: find(".buttons"), audio: null,
  };
  found.name.id = `name-${id}`;
  card.setAttribute("aria-labelledby", found.name.id);
  parts.set(id, found);
  return found;
}

function draw(id) {
  const station = stations.get(id);
  const part = parts.get(id) ?? makeCard(id);
  const word = station.announcement ?? "no data yet";
  const off = station.enabled === false;
  set(part.name, station.name);
  set(part.word, off ? "switched off" : word);
  set(part.mark, markOf(station.announcement)[1]);
  paint(part.mark, station.announcement);
  set(part.sure, station.confidence == null ? "" : `${Math.round(station.confidence * 100)} %`);
  part.sure.title = "Confidence";
  set(part.song, station.title ?? nextAttempt(station));
  part.card.dataset.alarm = station.alarms.length ? "yes" : "no";
  part.card.dataset.off = off ? "yes" : "no";
  if (part.alarms.dataset.shown !== station.alarms.join()) {
    part.alarms.dataset.shown = station.alarms.join();
    part.alarms.replaceChildren(...station.alarms.map((alarm) => Object.assign(document.createElement("b"), {textContent: alarm})));
  }
  // In silence, no genre is likelier than another.
  drawShares(part.shares, station.state === "silence" ? {} : station.probabilities ?? {});
  drawHour(part.hour, station);
  drawLevel(part, station);
  drawButtons(part, station);
  drawTimes(part, station);
  return part.card;
}

function nextAttempt(station) {
  const at = station.state === "offline" && station.retry_at ? new Date(station.retry_at) : null;
  return at && !Number.isNaN(at.getTime()) ? `Next attempt at ${at.toLocaleTimeString([], {hourCycle: "h23"})}` : "";
}

function drawShares(list, probabilities) {
  const best = Object.entries(probabilities).sort((a, b) => b[1] - a[1]).slice(0, SHOWN_SHARES);
  while (list.children.length > best.length) list.lastChild.remove();
  best.forEach(([label, share], index) => {
    let row = list.children[index];
    if (!row) {
      row = document.createElement("li");
      const bar = document.createElement("i");
      bar.append(document.createElement("b"));
      row.append(document.createElement("span"), bar, document.createElement("span"));
      list.append(row);
    }
    set(row.firstChild, label);
    set(row.lastChild, `${Math.round(share * 100)} %`);
    const fill = row.children[1].firstChild;
    paint(fill, label);
    fill.style.width = `${share * 100}%`;
  });
}

function drawHour(svg, station) {
  const now = Date.now() / 1000;
  const pieces = station.hour ?? [];
  while (svg.children.length > pieces.length) svg.lastChild.remove();
  pieces.forEach(([since, word], index) => {
    let rect = svg.children[index];
    if (!rect) {
      rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      rect.setAttribute("height", "20");
      svg.append(rect);
    }
    const until = index + 1 < pieces.length ? pieces[index + 1][0] : now;
    const left = Math.max(0, since - (now - HOUR_S));
    rect.setAttribute("x", left.toFixed(1));
    rect.setAttribute("width", Math.max(0, Math.min(HOUR_S, until - (now - HOUR_S)) - left).toFixed(1));
    paint(rect, word);
  });
  const words = [...new Set(pieces.map((piece) => piece[1]))];
  svg.setAttribute("aria-label", `The last hour: ${words.join(", ") || "no data"}`);
}

function drawLevel(part, station) {
  const level = station.level_dbfs;
  const share = level == null ? 0 : Math.max(0, Math.min(1, 1 + level / 60));
  part.meter.style.width = `${(1 - share) * 100}%`;
  const loudness = station.loudness_lufs == null ? "" : `, ${station.loudness_lufs.toFixed(1)} LUFS`;
  part.level.setAttribute("aria-label", level == null ? "No level" : `Level ${level.toFixed(1)} dBFS${loudness}`);
  part.level.title = part.level.getAttribute("aria-label");
}

function button(part, name, label, action) {
  let found = part.buttons.querySelector(`[data-name="${name}"]`);
  if (!found) {
    found = Object.assign(document.createElement("button"), {type: "button", className: "quiet small"});
    found.dataset.name = name;
    part.buttons.append(found);
  }
  set(found, label);
  found.onclick = action;
}

function drawButtons(part, station) {
  if (station.listen_url || part.audio) button(part, "listen", part.audio ? "Stop" : "Listen", () => listen(part, station));
  else part.buttons.querySelector("[data-name=listen]")?.remove();
  if (!mayControl || !station.state) return;
  const enabled = station.enabled !== false;
  button(part, "switch", enabled ? "Switch off" : "Switch on", () =>
    ask(`${enabled ? "Switch off" : "Switch on"} ${station.name}?`, station.id, {enabled: !enabled}));
  button(part, "reset", "Reset", () => ask(`Reset the analysis of ${station.name}?`, station.id, {reset: true}));
}

function fallSilent(part) {
  part.audio?.pause();
  part.audio?.removeAttribute("src");
  part.audio = null;
}

function listen(part, station) {
  if (part.audio) {
    fallSilent(part);
  } else {
    const audio = new Audio(station.listen_url);
    part.audio = audio;
    const failed = () => {
      if (part.audio !== audio) return;
      part.audio = null;
      say(`${station.name} cannot be played by this browser.`);
      drawButtons(part, station);
    };
    audio.addEventListener("error", failed);
    audio.play().catch(failed);
  }
  drawButtons(part, station);
}

async function ask(text, id, command) {
  document.getElementById("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, {once: true}));
  if (dialog.returnValue !== "yes") return;
  try {
    const answer = await fetch(`${base}/stations/${encodeURIComponent(id)}/command`, {
      method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(command),
    });
    if (!answer.ok) say(await whatIsWrong(answer));
  } catch {
    say("The server cannot be reached.");
  }
}

function drawTimes(part, station) {
  const now = Date.now() / 1000;
  const since = station.since ? (now - Date.parse(station.since) / 1000) : null;
  const why = station.state === "offline" && station.cause ? `: ${causes[station.cause] ?? station.cause.replace(/^http_/, "HTTP ").replaceAll("_", " ")}` : "";
  set(part.since, since == null ? "" : `for ${span(since)}${why}`);
  // A station without audio has no news; what it waits for is shown above.
  const age = station.at && station.state !== "offline" ? now - Date.parse(station.at) / 1000 : null;
  set(part.last, age == null ? "" : age < STALE_AFTER_S ? "now" : `last update ${span(age)} ago`);
}

let passing = 0;
function say(text) {
  passing = Date.now() + 6000;
  notice.textContent = text;
  notice.hidden = false;
}

function whatHasChanged(toStart, toEnd) {
  const listed = (what, names) => names.length ? [`${what}: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`] : [];
  const changes = [...listed("added", toStart), ...listed("removed", toEnd)];
  return changes.length ? `The configuration has changed (${changes.join("; ")}). The daemon has not been reloaded yet.` : "";
}

function drawNotice() {
  if (Date.now() < passing) return;
  let text = "";
  if (!reaches) text = expired ? EXPIRED : "No connection to the server. Trying again …";
  else if (connection && !connection.broker) text = "No connection to the broker. The data shown may be outdated.";
  else if (connection && !connection.daemon) text = "The daemon is not running. The page shows its last data.";
  else if (connection) text = whatHasChanged(connection.to_start ?? [], connection.to_end ?? []);
  notice.hidden = text === "";
  if (text) set(notice, text);
}

function drawSummary() {
  const all = [...stations.values()];
  const count = (test) => all.filter(test).length;
  const alarmed = count((station) => station.alarms.length);
  const music = count((station) => station.state === "music");
  const noun = all.length === 1 ? "station" : "stations";
  set(summary, all.length ? `${all.length} ${noun}, ${music} with music${alarmed ? `, ${alarmed} need${alarmed === 1 ? "s" : ""} attention` : ""}` : "");
  document.title = `${alarmed ? `(${alarmed}) ` : ""}${document.title.replace(/^\(\d+\) /, "")}`;
}

function drop(id) {
  const part = parts.get(id);
  if (part) {
    fallSilent(part);
    part.card.remove();
  }
  stations.delete(id);
  parts.delete(id);
}

function take(change) {
  connection = change.connection;
  if (change.marks) {
    marks = change.marks;
    for (const id of stations.keys()) draw(id);
  }
  const sent = new Set(change.stations.map((station) => station.id));
  const gone = change.whole ? [...stations.keys()].filter((id) => !sent.has(id)) : change.removed ?? [];
  gone.forEach(drop);
  if (stations.size + sent.size) cards.querySelector(".empty")?.remove();
  change.stations.forEach((station, index) => {
    stations.set(station.id, station);
    const card = draw(station.id);
    // Cards stay where they can: who is listening goes on, and the keyboard keeps its place.
    if (change.whole && cards.children[index] !== card) cards.insertBefore(card, cards.children[index] ?? null);
    else if (!card.isConnected) cards.append(card);
  });
  if (!stations.size) {
    cards.replaceChildren(Object.assign(document.createElement("p"), {
      className: "empty", textContent: cards.dataset.empty,
    }));
  }
  cards.setAttribute("aria-busy", "false");
  drawNotice();
  drawSummary();
}

let source = null;
function follow() {
  source = new EventSource(`${base}/events`);
  source.onopen = () => { reaches = true; expired = false; drawNotice(); };
  source.onmessage = (message) => take(JSON.parse(message.data));
  source.onerror = async () => {
    reaches = false;
    drawNotice();
    // A browser comes back by itself after a broken connection, but not after an answer that is no stream.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(follow, 3000);
    const answer = await fetch(`${base}/wall`, {method: "HEAD", headers: {accept: "*/*"}}).catch(() => null);
    expired = answer?.status === 401;
    drawNotice();
  };
}

setInterval(() => {
  for (const [id, station] of stations) {
    drawTimes(parts.get(id), station);
    drawHour(parts.get(id).hour, station);
  }
  drawNotice();
}, 1000);
follow();
