"use strict";
// The draw as it is held: dice and beacon are entered, tickets computed, prizes revealed.

// --- dice and beacon: the form before, the facts after ---

function diceFaces(draw) {
  const faces = Array.from({ length: diceWanted(draw) }, (_, at) =>
    el("span", { class: draw.dice[at] ? "face" : "face empty" }, draw.dice[at] ?? ""),
  );
  return el("div", { class: "faces", id: "faces", "aria-hidden": "true" }, ...faces);
}

const diceHint = (draw) => say("dice_hint", { n: draw.dice.length, all: diceWanted(draw) });

function typeDice(draw, event) {
  draw.dice = event.target.value.replace(/\D/g, "").slice(0, diceWanted(draw));
  if (event.target.value.replace(/\s/g, "") !== draw.dice) event.target.value = draw.dice;
  byId("faces").replaceWith(diceFaces(draw));
  byId("dice-hint").textContent = diceHint(draw);
}

function lockDice(draw, dice) {
  const wanted = diceWanted(draw);
  if (dice.length !== wanted && dice !== "") {
    byId("dice-hint").textContent = say("dice_wrong", { n: dice.length, all: wanted });
    return byId("dice").focus();
  }
  Object.assign(draw, { dice, diceLocked: true });
  render();
  return byId("pulse").focus();
}

function unlockDice(draw) {
  draw.diceLocked = false;
  render();
  byId("dice").focus();
}

/** The digits of the draw before, where one throw serves the whole broadcast. */
function sameDice(draw) {
  const earlier = page.draws
    .slice(0, page.draws.indexOf(draw))
    .reverse()
    .find((other) => other.pulse && other.dice);
  return earlier ? [button("dice-same", say("dice_same"), () => lockDice(draw, earlier.dice))] : [];
}

function diceEntry(draw) {
  const typed = (event) => typeDice(draw, event);
  const enter = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      lock();
    }
  };
  const lock = () => {
    if (draw.dice) lockDice(draw, draw.dice);
    else byId("dice").focus();
  };
  return [
    el("label", { for: "dice" }, say("dice")),
    diceFaces(draw),
    el("input", {
      id: "dice",
      class: "digits",
      inputmode: "numeric",
      autocomplete: "off",
      value: draw.dice,
      "aria-describedby": "dice-hint",
      input: typed,
      keydown: enter,
    }),
    el("p", { class: "quiet", id: "dice-hint", "aria-live": "polite" }, diceHint(draw)),
    el(
      "p",
      { class: "buttons" },
      button("lock", say("dice_lock"), lock, "main"),
      ...sameDice(draw),
      button("no-dice", say("dice_failed"), () => lockDice(draw, ""), "link"),
    ),
  ];
}

function diceLocked(draw) {
  return [
    el("p", { class: "label" }, say("dice")),
    draw.dice ? diceFaces(draw) : el("p", {}, say("dice_none")),
    el("p", { class: "quiet" }, `✓ ${say("dice_locked")}`),
    draw.protocol.dice === null ? button("unlock", say("dice_correct"), () => unlockDice(draw), "link") : null,
  ];
}

/** The same round of the same chain entered for another draw of the page serves here too. */
function knownPulse(draw) {
  const fits = ({ pulse, protocol }) =>
    pulse &&
    pulse.round === draw.protocol.manifest.round &&
    protocol.chain.chain_hash === draw.protocol.chain.chain_hash;
  const other = page.draws.find((one) => one !== draw && fits(one));
  return other ? JSON.stringify(other.pulse, null, 1) : "";
}

function pulsePlace(draw) {
  if (isTest(draw)) return null;
  const address = `https://api.drand.sh/${draw.protocol.chain.chain_hash}/public/${draw.protocol.manifest.round}`;
  return el("p", { class: "quiet" }, say("pulse_where"), " ", code(address, "breaks"));
}

function pulseEntry(draw) {
  const typed = (event) => {
    draw.pulseText = event.target.value;
  };
  draw.pulseText = draw.pulseText || knownPulse(draw);
  const area = el("textarea", {
    id: "pulse",
    rows: 5,
    spellcheck: "false",
    disabled: !draw.diceLocked,
    input: typed,
    placeholder: '{"round": …, "randomness": "…", "signature": "…"}',
    "aria-describedby": "refusal",
  });
  area.value = draw.pulseText;
  return [
    el("label", { for: "pulse" }, say("pulse")),
    pulsePlace(draw),
    area,
    draw.diceLocked ? null : el("p", { class: "quiet" }, say("pulse_later")),
    refusalBox(draw),
    el(
      "p",
      { class: "buttons" },
      el("button", { id: "start", type: "submit", class: "main", disabled: !draw.diceLocked }, say("start")),
    ),
  ];
}

function refusalBox(draw) {
  const named = draw.refusal.map((fault) =>
    typeof fault === "string" ? el("li", {}, say(fault)) : faultDetail(fault),
  );
  const inside = named.length ? [el("p", {}, el("b", {}, `${say("refused")}.`)), el("ul", {}, ...named)] : [];
  return el("div", { id: "refusal", role: "alert", class: named.length ? "refusal" : "" }, ...inside);
}

const earlierOf = (draw) =>
  page.draws
    .slice(0, page.draws.indexOf(draw))
    .filter(({ protocol }) => protocol.contest && protocol.contest === draw.protocol.contest);

/** An earlier draw of the contest that is still to come and shares people with this one. */
function waitedFor(draw) {
  const here = new Set(draw.protocol.entrants);
  return earlierOf(draw).find(
    (other) => !other.result && other.phase !== "fault" && other.protocol.entrants.some((entrant) => here.has(entrant)),
  );
}

function luckForm(draw) {
  const round = draw.protocol.manifest.round;
  const first = waitedFor(draw);
  const explained = el("p", {}, say(unknownDice(draw) ? "luck_dice" : "luck_only_beacon", { round }));
  if (first)
    return section("luck", "luck", explained, el("p", { class: "wait" }, say("wait_for", { where: nameOf(first) })));
  const submit = (event) => {
    event.preventDefault();
    startLive(draw);
  };
  const dice = unknownDice(draw)
    ? [el("div", { class: "half" }, ...(draw.diceLocked ? diceLocked(draw) : diceEntry(draw)))]
    : [];
  return section(
    "luck",
    "luck",
    explained,
    el("form", { class: "halves", submit }, ...dice, el("div", { class: "half" }, ...pulseEntry(draw))),
  );
}

function luckPart(draw) {
  const { pulse } = draw;
  const dice = draw.dice
    ? [el("h3", {}, say("dice")), diceFaces(draw)]
    : [el("h3", {}, say("dice")), el("p", {}, say("dice_none"))];
  return section(
    "luck",
    "luck",
    el(
      "div",
      { class: "halves" },
      el("div", { class: "half" }, ...dice),
      el(
        "div",
        { class: "half" },
        el("h3", {}, `${say("round")} ${pulse.round}`),
        el("p", { class: "label" }, say("randomness")),
        hexGroups(pulse.randomness),
        el("p", { class: "label" }, say("signature")),
        hexGroups(pulse.signature, "small"),
        el("p", { class: "quiet" }, `✓ ${say("signature_good")}`),
      ),
    ),
  );
}

// --- the draw itself ---

function readPulse(text) {
  try {
    const { round, randomness, signature, previous_signature: previous } = JSON.parse(text);
    if (!Number.isSafeInteger(round) || typeof randomness !== "string" || typeof signature !== "string") return null;
    return { round, randomness, signature, ...(previous ? { previous_signature: previous } : {}) };
  } catch {
    return null; // the viewer is told that this is no JSON of drand
  }
}

function refuse(draw, faults) {
  draw.refusal = faults;
  byId("refusal").replaceWith(refusalBox(draw));
  byId("pulse").focus();
}

async function startLive(draw) {
  const pulse = readPulse(draw.pulseText);
  if (!pulse) return refuse(draw, ["pulse_not_json"]);
  const checks = await checksOfPulse(draw.protocol, pulse, draw.dice);
  const faults = faultsOf(checks);
  if (faults.length) return refuse(draw, faults);
  Object.assign(draw, { pulse, refusal: [], checks: [...draw.checks, ...checks] });
  return showTickets(draw);
}

/** Whoever is passed over: named in the protocol, or a winner of an earlier draw of this page. */
function skippedIn(draw) {
  const entries = earlierOf(draw)
    .filter(({ result }) => result)
    .flatMap(({ result, protocol }) => result.holders.filter(Boolean).map((holder) => [holder, protocol.draw_id]));
  return { ...draw.protocol.skipped, ...Object.fromEntries(draw.protocol.pulse ? [] : entries) };
}

async function showTickets(draw) {
  Object.assign(draw, { phase: "tickets", tickets: [], shown: 0, spotlit: false, hurry: isCalm() });
  draw.seed = await seedOf(draw.protocol.commit, draw.pulse.randomness, draw.dice);
  render();
  byId("stage").scrollIntoView({ block: "start" });
  byId("hurry")?.focus({ preventScroll: true });
  draw.result = await computed(draw.protocol, draw.pulse, draw.dice, skippedIn(draw), (...ticket) =>
    showTicket(draw, ...ticket),
  );
  draw.phase = "reveal";
  if (current() === draw) {
    render();
    byId("stage").scrollIntoView({ block: "start" });
    byId("next").focus({ preventScroll: true });
  }
  announce(say("tickets_ready", { n: draw.tickets.length }));
}

async function showTicket(draw, count, entrant, ticket) {
  draw.tickets.push(ticket);
  const all = draw.protocol.entrants.length;
  const steps = Math.min(all, SHOW_MS / 16);
  if (draw.hurry || count % Math.ceil(all / steps) !== 0) return;
  if (current() === draw) drawTicket(draw, count, entrant, ticket);
  await pause(Math.min(80, SHOW_MS / steps));
}

function drawTicket(draw, count, entrant, ticket) {
  byId("ticket-code").textContent = entrant;
  byId("ticket-hash").replaceChildren(hexGroups(ticket));
  byId("ticket-bar").value = count;
  byId("ticket-count").textContent = `${count} / ${draw.protocol.entrants.length}`;
  const from = byId("ticket-wall").querySelectorAll("li.ready").length;
  const wall = byId("ticket-wall");
  const fresh = [...wall.children].slice(from, count);
  fresh.forEach((cell, at) => fillCell(cell, draw.tickets[from + at]));
  if (fresh.length) wall.scrollTop = fresh.at(-1).offsetTop - wall.offsetTop - wall.clientHeight / 2; // on a phone it scrolls
}

function fillCell(cell, ticket) {
  cell.classList.add("ready");
  cell.lastChild.textContent = ticket.slice(0, 8);
}

function ticketWall(draw) {
  const cells = draw.protocol.entrants.slice(0, FEW_CODES).map((entrant, at) => {
    const cell = el("li", {}, code(entrant), el("small", {}, "········"));
    if (draw.tickets[at]) fillCell(cell, draw.tickets[at]);
    return cell;
  });
  return el("ol", { class: "wall", id: "ticket-wall", "aria-hidden": "true" }, ...cells);
}

/** With the place's name: on a stream the head of the page is out of sight. */
const stageTitle = (draw, key) => el("h2", {}, say(key), el("span", { class: "where" }, nameOf(draw)));

function ticketStage(draw) {
  const all = draw.protocol.entrants.length;
  const hurry = () => {
    draw.hurry = true;
  };
  return [
    stageTitle(draw, "tickets"),
    el("p", {}, say("tickets_text")),
    el("p", { class: "seed" }, el("span", { class: "eyebrow" }, say("seed")), hexGroups(draw.seed)),
    el(
      "div",
      { class: "now", "aria-hidden": "true" },
      el("b", { id: "ticket-code" }, "…"),
      el("span", { id: "ticket-hash" }),
    ),
    el(
      "p",
      { class: "progress" },
      el("progress", { id: "ticket-bar", max: all, value: draw.tickets.length, "aria-label": say("tickets") }),
      el("span", { id: "ticket-count" }, `${draw.tickets.length} / ${all}`),
      button("hurry", say("hurry"), hurry, "ghost"),
    ),
    ticketWall(draw),
  ];
}

// --- the reveal: from the last prize to the first ---

const announce = (text) => {
  byId("live").textContent = text;
};
const hiddenCount = (draw) => draw.protocol.prizes.length - draw.shown;
const isRevealed = (draw, at) => at >= hiddenCount(draw);
const holderText = (holder) => holder ?? say("unawarded");

function revealNext(draw) {
  draw.shown += 1;
  const at = hiddenCount(draw);
  const { prizes } = draw.protocol;
  announce(`${say("prize_no", { n: at + 1 })}, ${prizes[at]}: ${holderText(draw.result.holders[at])}`);
  if (draw.shown === prizes.length) Object.assign(draw, { phase: "done", spotlit: true });
  afterReveal(draw);
}

function revealAll(draw) {
  draw.shown = draw.protocol.prizes.length;
  draw.phase = "done";
  announce(`${say("all_revealed")}: ${draw.result.holders.map(holderText).join(", ")}`);
  afterReveal(draw);
}

function afterReveal(draw) {
  if (draw.phase === "done") render();
  else byId("stage").replaceWith(stagePart(draw));
  (byId("next") ?? byId("stage")).focus({ preventScroll: true });
}

/** The letters of a code unfold one after another; a screen reader hears the code as a whole. */
function unfolding(text) {
  const letters = [...text].map((letter, at) => {
    const span = el("span", { "aria-hidden": "true" }, letter);
    span.style.setProperty("--at", at);
    return span;
  });
  return el("b", { class: "unfold", translate: "no" }, ...letters, el("span", { class: "unseen" }, text));
}

function spotlight(draw) {
  const at = hiddenCount(draw);
  if (draw.shown === 0)
    return el(
      "div",
      { class: "spot" },
      el("p", { class: "prize" }, say("ready")),
      el("p", { class: "quiet" }, say("order_note")),
    );
  const holder = draw.result.holders[at];
  const ticket = draw.result.ranking.find(([entrant]) => entrant === holder)?.[1];
  return el(
    "div",
    { class: "spot" },
    el("p", { class: "eyebrow" }, say("prize_no", { n: at + 1 })),
    el("p", { class: "prize" }, draw.protocol.prizes[at]),
    holder ? unfolding(holder) : el("p", {}, say("unawarded")),
    ticket ? hexGroups(ticket, "small") : null,
  );
}

const struck = ({ entrant }) => el("p", { class: "annulled" }, el("s", {}, code(entrant)), ` ${say("annulled")}`);

function prizeCard(draw, prize, at) {
  const calls = draw.result.calls[at];
  const holder = calls.at(-1).entrant;
  const shown = isRevealed(draw, at);
  const fresh = at === hiddenCount(draw) && (draw.phase === "reveal" || draw.spotlit);
  const inside = shown
    ? [holder ? code(holder, "winner") : el("p", {}, say("unawarded")), ...calls.slice(0, -1).map(struck)]
    : [el("span", { class: "covered", "aria-hidden": "true" })];
  return el(
    "li",
    { class: `prize-card ${shown ? "open" : ""} ${fresh ? "fresh" : ""}`, "data-prize": at + 1 },
    el("small", {}, say("prize_no", { n: at + 1 })),
    el("b", {}, prize),
    ...inside,
  );
}

/** One annulment: what was taken from whom, why and when, and who has it now. */
function annulmentItem(prize, at, { entrant, annulment }, next) {
  const row = (key, value) => [el("dt", {}, say(key)), el("dd", {}, value)];
  const evidence = annulment.evidence_sha256 ? row("evidence", code(annulment.evidence_sha256, "breaks")) : [];
  return el(
    "li",
    {},
    el("h3", {}, `${say("prize_no", { n: at + 1 })}: ${prize}`),
    struck({ entrant }),
    el(
      "dl",
      { class: "record-list" },
      ...row("passed_on", next ? code(next) : say("unawarded")),
      ...row("ground", inLanguage(annulment.ground)),
      ...row("decided", momentText(Date.parse(annulment.decided_at))),
      ...evidence,
    ),
  );
}

function annulmentsPart(draw) {
  const ofPrize = (calls, at) =>
    calls.slice(0, -1).map((call, turn) => annulmentItem(draw.protocol.prizes[at], at, call, calls[turn + 1].entrant));
  return section(
    "annulments",
    "annulled_list",
    el("ul", { class: "annulments-list" }, ...draw.result.calls.flatMap(ofPrize)),
  );
}

function stageButtons(draw) {
  if (!allShown(draw)) {
    return [
      button("next", `${say("next_prize", { n: hiddenCount(draw) })}`, () => revealNext(draw), "gold"),
      button("all", say("reveal_all"), () => revealAll(draw), "ghost"),
    ];
  }
  const following = page.draws[page.draws.indexOf(draw) + 1];
  return [
    button("replay", say("replay"), () => showTickets(draw), "ghost"),
    following
      ? button("following", say("next_draw", { where: nameOf(following) }), () => open(page.at + 1), "gold")
      : null,
  ];
}

function revealStage(draw) {
  const lit = !allShown(draw) || draw.spotlit; // the first prize stays in the light after the last click
  const cards = el(
    "ol",
    { class: "prize-cards" },
    ...draw.protocol.prizes.map((prize, at) => prizeCard(draw, prize, at)),
  );
  const buttons = el("p", { class: "buttons" }, ...stageButtons(draw));
  return [
    stageTitle(draw, "winners"),
    lit ? spotlight(draw) : "",
    ...(allShown(draw) ? [cards, buttons] : [buttons, cards]),
  ];
}

function stagePart(draw) {
  const inside = draw.phase === "tickets" ? ticketStage(draw) : revealStage(draw);
  return el("section", { id: "stage", class: `stage ${draw.phase}`, tabindex: "-1" }, ...inside);
}
