// Adds, changes and removes stations: a source is tried before it is saved.
import {whatIsWrong} from "./answers.js";

const $ = (id) => document.getElementById(id);
const dialog = $("station");
const api = dialog.dataset.api;
const told = $("told");
let edited = null;
let tried = null;
let named = false;

async function ask(method, path, body) {
  const options = {method, headers: {"content-type": "application/json"}};
  if (body !== undefined) options.body = JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(`${api}${path}`, options);
  } catch {
    throw new Error("The server cannot be reached.");
  }
  if (!answer.ok) throw new Error(await whatIsWrong(answer));
  return answer.json();
}

const kind = () => dialog.querySelector("[name=kind]:checked")?.value;
const source = () => (kind() === "soundcard" ? $("soundcard").value : $("url").value.trim());
// As `genred.slug` makes them.
const wholeLetters = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
const slug = (text) => {
  const letters = text.toLowerCase().replace(/[ßæœøłđðþı]/g, (letter) => wholeLetters[letter]);
  const unmarked = letters.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return (unmarked.match(/[a-z0-9]+/g) ?? []).join("_").slice(0, 64);
};

function complain(text) {
  $("wrong").textContent = text;
  $("wrong").hidden = !text;
}

function show() {
  const other = edited?.kind === "other";
  dialog.querySelector(".kinds").hidden = other;
  $("other").hidden = !other;
  $("url-field").hidden = other || kind() !== "stream";
  $("card-field").hidden = other || kind() !== "soundcard";
  dialog.querySelector(".try").hidden = other;
  const untried = !other && source() !== (edited?.source ?? "") && tried?.source !== source();
  const failed = tried?.source === source() && !tried.works;
  $("anyway-field").hidden = !failed;
  $("save").disabled = !$("name").value.trim() || (!edited && !$("id").value) || (!other && !source()) || untried || (failed && !$("anyway").checked);
  $("try").disabled = !source() || Boolean(edited && source() === edited.source);
}

async function listSoundcards() {
  const list = $("soundcard");
  if (list.dataset.listed) return;
  list.dataset.listed = "yes";
  try {
    for (const card of await ask("GET", "/soundcards")) {
      list.append(new Option(`${card.name} (${card.channels} channels)`, `soundcard:${card.name}`));
    }
  } catch (error) {
    delete list.dataset.listed;
    complain(error.message);
  }
}

function open(station) {
  edited = station;
  tried = null;
  named = Boolean(station);
  $("station-title").textContent = station ? `Edit ${station.name}` : "Add a station";
  const chosen = station?.kind === "soundcard" ? "soundcard" : "stream";
  dialog.querySelector(`[name=kind][value=${chosen}]`).checked = true;
  $("url").value = station?.kind === "stream" ? station.source : "";
  if (chosen === "soundcard") {
    if (![...$("soundcard").options].some((option) => option.value === station.source)) $("soundcard").append(new Option(station.source, station.source));
    $("soundcard").value = station.source;
  }
  $("name").value = station?.name ?? "";
  $("id").value = station?.id ?? "";
  $("id-field").hidden = Boolean(station);
  $("anyway").checked = false;
  $("steps").replaceChildren();
  $("trying").textContent = "";
  complain("");
  show();
  dialog.showModal();
  (station ? $("name") : $("url")).focus();
}

$("try").addEventListener("click", async () => {
  const wanted = source();
  $("try").disabled = true;
  $("steps").replaceChildren();
  $("trying").textContent = "Listening for about ten seconds …";
  complain("");
  try {
    const found = await ask("POST", "/trial", {source: wanted});
    tried = {source: wanted, works: found.works};
    $("steps").replaceChildren(...found.steps.map((step) => {
      const line = document.createElement("li");
      line.className = step.ok ? "good" : "bad";
      const mark = Object.assign(document.createElement("b"), {textContent: step.ok ? "✓" : "✗"});
      mark.setAttribute("aria-label", step.ok ? "works" : "fails");
      line.append(mark, Object.assign(document.createElement("span"), {className: "step", textContent: step.name}), Object.assign(document.createElement("bdi"), {textContent: step.text}));
      return line;
    }));
    const itself = found.steps.map((step) => /calls itself '(.+)'$/.exec(step.text)?.[1]).find(Boolean);
    if (itself && !named) {
      $("name").value = itself.slice(0, 100);
      $("id").value = slug(itself);
    }
  } catch (error) {
    complain(error.message);
  }
  $("trying").textContent = "";
  show();
});

$("name").addEventListener("input", () => {
  named = true;
  if (!edited) $("id").value = slug($("name").value);
  show();
});
for (const id of ["url", "soundcard", "id", "anyway"]) $(id).addEventListener("input", show);
for (const radio of dialog.querySelectorAll("[name=kind]")) {
  radio.addEventListener("change", () => {
    if (kind() === "soundcard") listSoundcards();
    show();
  });
}
dialog.querySelector("form").addEventListener("submit", (event) => {
  if (event.submitter?.value === "no") return;
  event.preventDefault();
  if (!$("save").disabled) $("save").click();
  else if (!$("try").disabled) $("try").click();
});

$("save").addEventListener("click", async () => {
  $("save").disabled = true;
  complain("");
  $("trying").textContent = "Checking and saving …";
  try {
    const settings = {source: edited?.kind === "other" ? "" : source(), name: $("name").value.trim(), anyway: $("anyway").checked};
    const saved = await ask(edited ? "PUT" : "POST", `/configuration/stations/${encodeURIComponent($("id").value)}`, settings);
    done(`${settings.name} was saved.`, saved.note);
  } catch (error) {
    complain(error.message);
    show();
  }
  $("trying").textContent = "";
});

function done(what, note) {
  sessionStorage.setItem("genred-told", `${what} ${note || "The daemon has applied it."}`);
  location.reload();
}

async function remove(station) {
  const confirm = $("confirm");
  $("confirm-text").textContent = `Remove ${station.name} from the configuration? Its log entries are kept.`;
  confirm.returnValue = "no";
  confirm.showModal();
  await new Promise((closed) => confirm.addEventListener("close", closed, {once: true}));
  if (confirm.returnValue !== "yes") return;
  try {
    const saved = await ask("DELETE", `/configuration/stations/${encodeURIComponent(station.id)}`);
    done(`${station.name} was removed.`, saved.note);
  } catch (error) {
    told.textContent = error.message;
    told.hidden = false;
  }
}

document.querySelector(".stations").addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const station = {...button.closest("tr").dataset};
  if (button.dataset.do === "edit") open(station);
  else remove(station);
});
$("add").addEventListener("click", () => open(null));

const before = sessionStorage.getItem("genred-told");
if (before) {
  sessionStorage.removeItem("genred-told");
  told.textContent = before;
  told.hidden = false;
}
