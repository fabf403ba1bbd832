"use strict";
// One draw on the page: what it consists of in each phase, its list of people, and what anybody can check.

// --- one draw: its parts, by phase ---

function drawParts(draw) {
  if (draw.phase === "checking") return [el("p", { class: "waiting" }, say("state_checking"))];
  if (draw.phase === "fault")
    return [
      el("section", { class: "hero plain" }, el("div", {}, el("h1", {}, nameOf(draw)), stateChip(draw))),
      checksPart(draw),
    ];
  const opening = [heroPart(draw), verdictPart(draw)];
  const ending = [checksPart(draw), recordPart(draw)];
  const annulled = allShown(draw) && draw.protocol.annulments.length ? [annulmentsPart(draw)] : [];
  if (draw.phase === "sealed")
    return [...opening, prizesPart(draw), luckForm(draw), poolPart(draw), yourselfPart(draw), ...ending];
  const result = allShown(draw) ? [rankingPart(draw)] : [];
  return [
    ...opening,
    stagePart(draw),
    ...annulled,
    luckPart(draw),
    yourselfPart(draw),
    ...result,
    poolPart(draw),
    ...ending,
  ];
}

/** The seal as a picture: a shanyrak whose thirty-two rays are as long as the bytes of the hash. */
function sealPicture(hex) {
  const rays = bytesOf(hex);
  const ray = (byte, at) => {
    const [angle, far] = [(at / rays.length) * 2 * Math.PI - Math.PI / 2, 62 + (byte / 255) * 32];
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    return svg("line", { x1: 100 + 56 * x, y1: 100 + 56 * y, x2: 100 + far * x, y2: 100 + far * y });
  };
  const bar = (turn) =>
    svg("path", {
      d: "M62 84 Q100 66 138 84 M58 100 Q100 84 142 100 M62 116 Q100 102 138 116",
      transform: `rotate(${turn} 100 100)`,
    });
  return svg(
    "svg",
    { viewBox: "0 0 200 200", class: "picture", "aria-hidden": "true" },
    svg("g", { class: "rays" }, ...Array.from(rays, ray)),
    svg("circle", { cx: 100, cy: 100, r: 46 }),
    bar(0),
    bar(90),
  );
}

function fact(key, value) {
  return el("div", {}, el("dt", {}, say(key)), el("dd", {}, String(value)));
}

function factsList(draw) {
  const { entrants, prizes, manifest } = draw.protocol;
  return el(
    "dl",
    { class: "facts" },
    fact("entrants", entrants.length),
    fact("prizes", prizes.length),
    fact("round", manifest.round),
    fact("beacon", chainName(draw)),
  );
}

function heroPart(draw) {
  const { protocol } = draw;
  const sealed = draw.phase === "sealed";
  const [moment, zone] = momentParts(momentOf(draw));
  const left = el(
    "div",
    { class: "about" },
    el("h1", {}, nameOf(draw)),
    el("p", { class: "quiet" }, `${say("draw_no")}: ${protocol.draw_id}`),
    el(
      "p",
      { class: "moment" },
      el("span", { class: "eyebrow" }, say("moment")),
      el("b", {}, moment),
      el("span", { class: "quiet" }, zone),
    ),
    sealed ? el("div", { id: "timer", class: "timer", role: "timer" }) : null,
    factsList(draw),
  );
  const seal = el(
    "div",
    { class: "seal" },
    sealPicture(protocol.commit),
    el(
      "div",
      {},
      el("h2", {}, say("seal"), el("small", {}, "SHA-256")),
      hexGroups(protocol.commit, "big"),
      sealed ? el("p", { class: "quiet" }, say("seal_text")) : null,
    ),
  );
  return el("section", { class: `hero ${sealed ? "" : "compact"}` }, left, seal);
}

function verdictPart(draw) {
  const words = draw.protocol.pulse ? "agrees" : draw.phase === "sealed" ? "sealed_good" : "live_good";
  const here = new Set(page.draws.map(({ protocol }) => protocol.draw_id));
  const elsewhere = Object.values(draw.protocol.skipped).filter((drawId) => !here.has(drawId)).length;
  const computing = draw.phase === "tickets" && !draw.protocol.pulse;
  return el(
    "section",
    { class: "verdict", id: "verdict" },
    el("span", { class: "tick", "aria-hidden": "true" }, "✓"),
    el(
      "p",
      {},
      el("b", {}, `${say(computing ? "sealed_good" : words)}.`),
      " ",
      say(`${computing ? "sealed_good" : words}_text`),
    ),
    elsewhere ? el("p", { class: "quiet" }, say("skipped_elsewhere", { n: elsewhere })) : null,
    hasWebCrypto() ? null : el("p", { class: "quiet" }, say("no_webcrypto")),
  );
}

function prizesPart({ protocol }) {
  const card = (prize, at) => el("li", {}, el("small", {}, say("prize_no", { n: at + 1 })), el("b", {}, prize));
  return section("prizes", "prize_list", el("ol", { class: "prize-row" }, ...protocol.prizes.map(card)));
}

// --- the pool ---

function poolAnswer(draw, wanted) {
  const { entrants } = draw.protocol;
  if (!wanted) return "";
  const at = entrants.indexOf(wanted);
  if (at >= 0) return say("found", { code: wanted, n: at + 1 });
  const alike = entrants.filter((entrant) => entrant.includes(wanted)).length;
  return alike ? say("matching", { n: alike }) : say("absent", { code: wanted });
}

function poolList(draw) {
  const wanted = asCode(draw.search);
  const matching = draw.protocol.entrants.filter((entrant) => entrant.includes(wanted));
  const shown = draw.wholeList ? matching : matching.slice(0, FEW_CODES);
  const more = () => {
    draw.wholeList = true;
    byId("pool-list").replaceWith(poolList(draw));
  };
  const rest = matching.length - shown.length;
  return el(
    "div",
    { id: "pool-list" },
    el(
      "ul",
      { class: "pool-codes", tabindex: "0", "aria-label": say("pool") },
      ...shown.map((entrant) => el("li", { class: entrant === wanted ? "mine" : "" }, code(entrant))),
    ),
    rest > 0 ? button("more", say("show_more", { n: rest }), more) : null,
  );
}

function poolPart(draw) {
  const answer = el(
    "p",
    { class: "answer", id: "answer", "aria-live": "polite" },
    poolAnswer(draw, asCode(draw.search)),
  );
  const look = (event) => {
    draw.search = event.target.value;
    answer.textContent = poolAnswer(draw, asCode(draw.search));
    byId("pool-list").replaceWith(poolList(draw));
  };
  const placeholder = say("search_example", { code: draw.protocol.entrants[0] ?? "" });
  return section(
    "pool",
    "pool",
    el("p", {}, say("pool_text")),
    el(
      "div",
      { class: "search" },
      el("label", { for: "search" }, say("search")),
      el("input", {
        id: "search",
        value: draw.search,
        input: look,
        placeholder,
        autocomplete: "off",
        spellcheck: "false",
      }),
      answer,
    ),
    poolList(draw),
  );
}

// --- check it yourself ---

function rankingPart(draw) {
  const skipped = skippedIn(draw);
  const places = new Map(draw.result.calls.flatMap((calls, at) => calls.map((call) => [call.entrant, [at, call]])));
  const note = (entrant) => {
    if (Object.hasOwn(skipped, entrant)) return say("passed_over", { where: skipped[entrant] });
    const [at, call] = places.get(entrant) ?? [];
    return call ? draw.protocol.prizes[at] + (call.annulment ? ` (${say("annulled")})` : "") : "";
  };
  const row = ([entrant, ticket], at) =>
    el(
      "tr",
      { class: places.has(entrant) ? "won" : "" },
      el("td", { class: "n" }, String(at + 1)),
      el("td", {}, code(entrant)),
      el("td", { class: "hash" }, code(ticket)),
      el("td", {}, note(entrant)),
    );
  const shown = draw.wholeRanking ? draw.result.ranking : draw.result.ranking.slice(0, FEW_CODES);
  const rest = draw.result.ranking.length - shown.length;
  const more = () => {
    draw.wholeRanking = true;
    byId("ranking").replaceWith(rankingPart(draw));
  };
  return section(
    "ranking",
    "whole_ranking",
    el(
      "div",
      { class: "wide", tabindex: "0", role: "region", "aria-label": say("whole_ranking") },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el("tr", {}, ...["place", "code", "ticket", "note"].map((key) => el("th", { scope: "col" }, say(key)))),
        ),
        el("tbody", {}, ...shown.map(row)),
      ),
    ),
    rest > 0 ? button("more-ranking", say("show_more", { n: rest }), more) : null,
  );
}

function fileLink(draw, name, text) {
  draw.files[name] ??= URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  return el("a", { class: "file", href: draw.files[name], download: name, id: `file-${name.split(".")[0]}` }, name);
}

const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

/** Commands that give the same figures anywhere: [what, command, the figure]. */
function commandsOf(draw, entrant, ticket) {
  const { manifest, commit } = draw.protocol;
  const commands = [
    ["command_entrants", "openssl dgst -sha256 entrants.txt", manifest.entrants_sha256],
    ["command_seal", "openssl dgst -sha256 manifest.json", commit],
  ];
  if (!draw.result) return commands;
  const { signature, randomness } = draw.pulse;
  const seed = `{ printf 'DRAW-1/seed\\0'; printf %s ${commit} ${randomness} | xxd -r -p; printf %s ${quoted(draw.dice)}; } | openssl dgst -sha256`;
  const mac = `printf 'DRAW-1/ticket\\0%s\\0%s' ${quoted(manifest.draw_id)} ${quoted(entrant)} | openssl dgst -sha256 -mac HMAC -macopt hexkey:${draw.result.seed}`;
  return [
    ...commands,
    ["command_randomness", `printf %s ${signature} | xxd -r -p | openssl dgst -sha256`, randomness],
    ["command_seed", seed, draw.result.seed],
    ["command_ticket", mac, ticket],
  ];
}

function commandList(draw, entrant, ticket) {
  const one = ([key, command, figure]) => [
    el("dt", {}, say(key)),
    el("dd", {}, el("pre", { tabindex: "0" }, command), el("p", {}, "→ ", code(figure, "breaks"))),
  ];
  return el("dl", { id: "commands", class: "commands" }, ...commandsOf(draw, entrant, ticket).flatMap(one));
}

function probedAnswer(draw, entrant, ticket) {
  if (!draw.protocol.entrants.includes(entrant)) return [el("p", {}, say("absent", { code: entrant }))];
  const n = draw.result.ranking.findIndex(([one]) => one === entrant) + 1;
  const place = allShown(draw)
    ? say("place_of", { code: entrant, n, all: draw.result.ranking.length })
    : say("place_later");
  return [el("p", {}, el("b", {}, place)), hexGroups(ticket)];
}

/** The ticket of the code typed, computed afresh; without one, the commands show the first code of the list. */
async function probe(draw) {
  const typed = asCode(draw.probe);
  const entrant = draw.protocol.entrants.includes(typed) ? typed : draw.protocol.entrants[0];
  const ticket = await ticketOf(draw.result.seed, draw.protocol.manifest.draw_id, entrant);
  if (current() !== draw || asCode(draw.probe) !== typed || !byId("probed")) return;
  byId("probed").replaceChildren(...(typed ? probedAnswer(draw, typed, ticket) : []));
  byId("commands").replaceWith(commandList(draw, entrant, ticket));
}

function probeField(draw) {
  if (!draw.result) return [];
  const look = (event) => {
    draw.probe = event.target.value;
    probe(draw);
  };
  queueMicrotask(() => probe(draw));
  return [
    el("p", {}, say("yourself_text")),
    el(
      "div",
      { class: "search" },
      el("label", { for: "probe" }, say("code")),
      el("input", {
        id: "probe",
        value: draw.probe,
        input: look,
        placeholder: draw.protocol.entrants[0] ?? "",
        autocomplete: "off",
        spellcheck: "false",
      }),
      el("div", { id: "probed", class: "answer", "aria-live": "polite" }),
    ),
  ];
}

function yourselfPart(draw) {
  const { entrants, manifest } = draw.protocol;
  return section(
    "yourself",
    "yourself",
    ...probeField(draw),
    el("h3", {}, say("files")),
    el(
      "p",
      { class: "files" },
      fileLink(draw, "entrants.txt", entrantFile(entrants)),
      fileLink(draw, "manifest.json", canonical(manifest)),
    ),
    el(
      "details",
      {},
      el("summary", {}, say("commands")),
      el("p", {}, say("commands_text")),
      commandList(draw, entrants[0] ?? "", ""),
    ),
    el("p", { class: "quiet" }, say("docs")),
  );
}

function checksPart(draw) {
  const one = ({ name, ok }) =>
    el(
      "li",
      { class: ok ? "good" : "bad", "data-check": name },
      el("span", { "aria-hidden": "true" }, ok ? "✓" : "✗"),
      say(name, {}, CHECKS),
    );
  const names = [...new Set(draw.checks.map(({ name }) => name))];
  const merged = names.map((name) => ({ name, ok: draw.checks.every((each) => each.name !== name || each.ok) }));
  return section("checks", "checks", el("ul", { class: "check-list" }, ...merged.map(one)));
}

function recordPart(draw) {
  const { protocol } = draw;
  const rows = [
    ["version", String(protocol.version)],
    ["previous", protocol.previous ?? say("first_version")],
    ["chain_hash", protocol.chain.chain_hash],
    ["public_key", protocol.chain.public_key],
    ["entrants_hash", protocol.manifest.entrants_sha256],
    ["rules_hash", protocol.manifest.rules_sha256],
    ...(draw.result ? [["seed", draw.result.seed]] : []),
  ];
  return section(
    "record",
    "record",
    el(
      "dl",
      { class: "record-list" },
      ...rows.flatMap(([key, value]) => [el("dt", {}, say(key)), el("dd", {}, code(value, "breaks"))]),
    ),
  );
}
