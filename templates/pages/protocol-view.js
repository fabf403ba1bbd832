"use strict";
// What the viewer sees: the state of the page, and its frame. It is drawn afresh whenever something happens. The
// formulas are in protocol-draw.js, the words in protocol-words.js. Texts reach the document as text, never as HTML.

const PROTOCOLS = JSON.parse(document.getElementById("protocols").textContent);
const FEW_CODES = 600; // codes shown before "show more": a list of thousands stays quick to open
const SHOW_MS = 9000; // how long all the tickets together take to appear
const CHUNK = 4; // digits of a hash are read aloud in groups of four

const page = { language: "kk", at: PROTOCOLS.length > 1 ? null : 0, draws: PROTOCOLS.map(newDraw), search: "" };

/** One draw as the page knows it. `phase`: checking, fault, sealed, tickets, reveal, done. */
function newDraw(protocol) {
  const sealedDice = protocol.manifest?.local_entropy === "none" ? "" : null;
  const dice = protocol.dice ?? sealedDice;
  return {
    protocol,
    phase: "checking",
    checks: [],
    refusal: [],
    dice: dice ?? "",
    diceLocked: dice !== null,
    pulseText: "",
    pulse: protocol.pulse,
    tickets: [],
    result: null,
    shown: 0,
    spotlit: false,
    hurry: false,
    wholeList: false,
    wholeRanking: false,
    search: "",
    probe: "",
    files: {},
  };
}

// --- words and small builders ---

function say(key, values = {}, words = WORDS) {
  const text = words[key][Object.keys(LANGUAGES).indexOf(page.language)];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A text that is one string for all, or one for each language. */
const inLanguage = (text) => (text !== null && typeof text === "object" ? (text[page.language] ?? "") : (text ?? ""));

const nameOf = ({ protocol }) => inLanguage(protocol.group) || String(protocol.draw_id);
const titleOf = ({ protocol }) => inLanguage(protocol.title) || say("page");
const isTest = ({ protocol }) => !Object.values(KNOWN_CHAINS).includes(protocol.chain?.chain_hash);
const chainName = (draw) => (isTest(draw) ? say("test_chain") : `drand ${draw.protocol.chain.name}`);
const byId = (id) => document.getElementById(id);
const current = () => (page.at === null ? null : page.draws[page.at]);
const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
const unknownDice = ({ protocol }) => protocol.manifest.local_entropy !== "none";
const diceWanted = ({ protocol }) => Number(/^dice-(\d+)d10$/.exec(protocol.manifest.local_entropy)?.[1] ?? 0);
const allShown = (draw) => draw.phase === "done";

/** An element: `attributes` by name (a function is a listener, null or false leaves it out), then what is in it. */
function el(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...inside.flat().filter((part) => part !== null && part !== undefined));
  return element;
}

function svg(tag, attributes, ...inside) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

const section = (id, key, ...inside) => el("section", { id, class: `block ${id}` }, el("h2", {}, say(key)), ...inside);
const button = (id, label, click, kind = "plain") => el("button", { id, type: "button", class: kind, click }, label);
const code = (text, kind = "") => el("code", { class: `code ${kind}` }, text);

/** A hash in groups of four; copied as one word, because the gaps are only drawn. */
function hexGroups(hex, kind = "") {
  const groups = String(hex).match(new RegExp(`.{1,${CHUNK}}`, "g")) ?? [];
  return el("span", { class: `hex ${kind}`, translate: "no" }, ...groups.map((group) => el("span", {}, group)));
}

// --- time: Kazakhstan has kept UTC+5 since March 2024; old browsers do not know that, so it is done by hand ---

const UNIFIED_SINCE = Date.UTC(2024, 2, 1);
const two = (number) => String(number).padStart(2, "0");

/** The date and time, and the zone they are told in. */
function momentParts(instant) {
  const local = instant >= UNIFIED_SINCE;
  const date = new Date(instant + (local ? 5 * 3600 * 1000 : 0));
  const [day, month, year] = [date.getUTCDate(), MONTHS[page.language][date.getUTCMonth()], date.getUTCFullYear()];
  const dates = {
    kk: `${year} жылғы ${day} ${month}`,
    ru: `${day} ${month} ${year} года`,
    en: `${day} ${month} ${year}`,
  };
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return [`${dates[page.language]}, ${clock}`, local ? say("zone") : "UTC"];
}

const momentText = (instant) => momentParts(instant).join(" · ");

const momentOf = ({ protocol }) => roundTime(protocol.chain, protocol.manifest.round) * 1000;

function countdown(instant) {
  const left = Math.max(0, Math.ceil((instant - Date.now()) / 1000));
  if (left === 0) return [el("p", { class: "came" }, say("moment_came"))];
  const parts = {
    days: Math.floor(left / 86400),
    hours: Math.floor(left / 3600) % 24,
    minutes: Math.floor(left / 60) % 60,
    seconds: left % 60,
  };
  const cells = Object.entries(parts).map(([unit, value]) =>
    el("span", { class: "cell" }, el("b", {}, two(value)), el("small", {}, say(unit))),
  );
  return [el("p", { class: "eyebrow" }, say("to_moment")), el("p", { class: "cells" }, ...cells)];
}

function tick() {
  const timer = byId("timer");
  if (timer) timer.replaceChildren(...countdown(momentOf(current())));
}

// --- the head of the page: brand, choice of a draw, languages, banners ---

function languageButton([language, name]) {
  const choose = () => {
    page.language = language;
    render();
  };
  return el(
    "button",
    {
      type: "button",
      lang: language,
      "aria-pressed": String(page.language === language),
      id: `to-${language}`,
      "aria-label": name,
      click: choose,
    },
    el("span", { class: "long" }, name),
    el("span", { class: "short" }, { kk: "Қаз", ru: "Рус", en: "Eng" }[language]),
  );
}

function chooser() {
  const options = page.draws.map((draw, at) => el("option", { value: at, selected: at === page.at }, nameOf(draw)));
  const titles = [...new Set(page.draws.map(titleOf))];
  const groups = titles.map((title) =>
    el(
      "optgroup",
      { label: title },
      options.filter((_, at) => titleOf(page.draws[at]) === title),
    ),
  );
  const choose = (event) => open(event.target.value === "" ? null : Number(event.target.value));
  const all = el("option", { value: "", selected: page.at === null }, say("all_draws"));
  return el(
    "select",
    { id: "chooser", "aria-label": say("choose"), change: choose },
    all,
    ...(titles.length > 1 ? groups : options),
  );
}

function renderHead() {
  const draw = current() ?? page.draws[0];
  byId("brand").replaceChildren(titleOf(draw), el("small", {}, draw.protocol.organisation ?? ""));
  byId("choice").replaceChildren(...(page.draws.length > 1 ? [chooser()] : []));
  const focused = document.activeElement?.id;
  byId("languages").setAttribute("aria-label", say("language"));
  byId("languages").replaceChildren(...Object.entries(LANGUAGES).map(languageButton));
  if (focused?.startsWith("to-")) byId(focused).focus();
}

/** In all three languages at once: nobody may take a rehearsal for a draw, whatever they read. */
function renderTestBanner() {
  const banner = byId("test-banner");
  banner.hidden = !page.draws.some(isTest);
  const lines = Object.keys(LANGUAGES).map((language, at) =>
    el("span", { lang: language }, el("b", {}, WORDS.test_title[at]), ` ${WORDS.test_text[at]}`),
  );
  banner.replaceChildren(...lines);
}

function faultDetail({ name, computed, stated }) {
  const pair = (key, value) => [el("dt", {}, say(key)), el("dd", {}, code(String(value)))];
  return el(
    "li",
    {},
    el("b", {}, say(name, {}, CHECKS)),
    el("dl", {}, ...pair("computed", computed), ...pair("stated", stated)),
  );
}

function faultBox(draw) {
  const faults = faultsOf(draw.checks);
  const own = draw === current();
  const names = [...new Set(faults.map(({ name }) => say(name, {}, CHECKS)))].join("; ");
  return el(
    "div",
    { class: "fault", "data-faults": faults.map(({ name }) => name).join(" ") },
    el("p", { class: "loud" }, `${say("fault")}: ${nameOf(draw)}`),
    el("p", {}, own ? `${say("fault_text")} ${say("differs")}:` : `${say("differs")}: ${names}.`),
    own ? el("ul", {}, ...faults.map(faultDetail)) : null,
  );
}

function renderFaults() {
  byId("faults").replaceChildren(...page.draws.filter((draw) => draw.phase === "fault").map(faultBox));
}

function render() {
  const draw = current();
  document.documentElement.lang = page.language;
  document.title = [draw ? nameOf(draw) : null, titleOf(draw ?? page.draws[0])].filter(Boolean).join(" – ");
  renderTestBanner();
  renderFaults();
  renderHead();
  byId("main").replaceChildren(...(draw ? drawParts(draw) : contentsParts()));
  tick();
}

// --- contents: all draws of the page ---

function stateOf(draw) {
  return { tickets: "live", reveal: "live" }[draw.phase] ?? draw.phase;
}

const stateChip = (draw) => el("span", { class: `state ${stateOf(draw)}` }, say(`state_${stateOf(draw)}`));

function contentsCard(draw) {
  const at = page.draws.indexOf(draw);
  const { entrants, prizes } = draw.protocol;
  const winners = allShown(draw)
    ? el("ol", { class: "codes" }, ...draw.result.holders.map((holder) => el("li", {}, code(holder ?? "–"))))
    : null;
  const go = (event) => {
    event.preventDefault();
    open(at);
  };
  return el(
    "li",
    { class: "card", "data-draw": draw.protocol.draw_id },
    el("h3", {}, el("a", { href: `#${encodeURIComponent(draw.protocol.draw_id)}`, click: go }, nameOf(draw))),
    el(
      "p",
      { class: "quiet" },
      `${say("entrants")}: ${entrants?.length ?? "?"} · ${say("prizes")}: ${prizes?.length ?? "?"}`,
    ),
    stateChip(draw),
    winners,
  );
}

function whereIs(wanted) {
  const found = page.draws.filter(({ protocol }) => protocol.entrants?.includes(wanted));
  if (!wanted) return "";
  if (!found.length) return say("absent_all", { code: wanted });
  return say("found_in", { code: wanted, where: found.map((draw) => `${titleOf(draw)}, ${nameOf(draw)}`).join("; ") });
}

const asCode = (text) => text.trim().toUpperCase();

function contentsSearch() {
  const answer = el("p", { class: "answer", id: "answer-all", "aria-live": "polite" }, whereIs(asCode(page.search)));
  const look = (event) => {
    page.search = event.target.value;
    answer.textContent = whereIs(asCode(page.search));
  };
  const example = page.draws[0].protocol.entrants?.[0] ?? "";
  return el(
    "div",
    { class: "search" },
    el("label", { for: "search-all" }, say("search_all")),
    el("input", {
      id: "search-all",
      value: page.search,
      input: look,
      placeholder: say("search_example", { code: example }),
      autocomplete: "off",
      spellcheck: "false",
    }),
    answer,
  );
}

function contentsParts() {
  const titles = [...new Set(page.draws.map(titleOf))];
  const lists = titles.map((title) =>
    el(
      "section",
      { class: "block" },
      el("h2", {}, title),
      el("ul", { class: "cards" }, ...page.draws.filter((draw) => titleOf(draw) === title).map(contentsCard)),
    ),
  );
  return [
    el(
      "section",
      { class: "hero plain" },
      el("div", {}, el("h1", {}, say("page")), el("p", { class: "lead" }, say("contents"))),
    ),
    el("section", { class: "block" }, contentsSearch()),
    ...lists,
  ];
}
