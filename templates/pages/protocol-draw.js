"use strict";
// DRAW-1 from the protocol's facts alone. Nothing here is shared with the program that wrote the protocol:
// that is what makes the comparison worth something. Bytes are Uint8Array, digests are lower-case hex.

// The two public chains of drand by their hashes; any other chain is somebody's own and is shown as a test.
const KNOWN_CHAINS = {
  quicknet: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
  default: "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
};
const ENTRANT_FORM = /^[A-Z0-9][A-Z0-9-]{0,63}$/;
const DIGEST_FORM = /^[0-9a-f]{64}$/;

// --- bytes ---

const utf8 = (text) => new TextEncoder().encode(text);

function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(hex) {
  if (typeof hex !== "string" || !/^([0-9a-f]{2})+$/.test(hex)) throw new Error(`not lower-case hex: ${hex}`);
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function bigEndian(number, width) {
  const bytes = new Uint8Array(width);
  new DataView(bytes.buffer)[width === 4 ? "setUint32" : "setBigUint64"](0, width === 4 ? number : BigInt(number));
  return bytes;
}

// --- hashes: the browser's own where it offers them, else the bundled library (a page opened over plain http) ---

const hasWebCrypto = () => typeof crypto === "object" && crypto.subtle !== undefined;

async function sha256(bytes) {
  if (!hasWebCrypto()) return hexOf(drandBls.sha256Bytes(bytes));
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

async function hmacUnder(key) {
  if (!hasWebCrypto()) return async (message) => hexOf(drandBls.hmacBytes(key, message));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return async (message) => hexOf(new Uint8Array(await crypto.subtle.sign("HMAC", imported, message)));
}

// --- the formulas of DRAW-1 ---

/** RFC 8785 for what a manifest may hold: texts, whole numbers, lists, objects. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const pairs = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${pairs.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Error(`not a whole number: ${value}`);
  return JSON.stringify(value);
}

const commitOf = (manifest) => sha256(utf8(canonical(manifest)));

const entrantFile = (entrants) => entrants.map((entrant) => `${entrant}\n`).join("");

const prizeText = (prizes) => prizes.map((prize, at) => `${at + 1}:${prize}`).join("|");

/** The instant of a round, in seconds since 1970. */
const roundTime = (chain, round) => chain.genesis_time + (round - 1) * chain.period;

function chainHashOf(chain) {
  const name = chain.beacon_id === "default" ? "" : chain.beacon_id;
  const facts = [bigEndian(chain.period, 4), bigEndian(chain.genesis_time, 8), bytesOf(chain.public_key)];
  return sha256(joined(...facts, bytesOf(chain.group_hash), utf8(name)));
}

function seedOf(commit, randomness, dice) {
  return sha256(joined(utf8("DRAW-1/seed\0"), bytesOf(commit), bytesOf(randomness), utf8(dice)));
}

const ticketMessage = (drawId, entrant) => utf8(`DRAW-1/ticket\0${drawId}\0${entrant}`);

async function ticketOf(seed, drawId, entrant) {
  return (await hmacUnder(bytesOf(seed)))(ticketMessage(drawId, entrant));
}

/** Every ticket, in the order of the list; `onTicket(count, entrant, ticket)` may take its time to show it. */
async function ticketsOf(seed, drawId, entrants, onTicket) {
  const ticket = await hmacUnder(bytesOf(seed));
  const pairs = [];
  for (const entrant of entrants) {
    pairs.push([entrant, await ticket(ticketMessage(drawId, entrant))]);
    if (onTicket) await onTicket(pairs.length, ...pairs[pairs.length - 1]);
  }
  return pairs;
}

const before = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Ascending by (ticket, entrant): the smallest ticket comes first. */
const ranked = (pairs) => [...pairs].sort((a, b) => before(a[1], b[1]) || before(a[0], b[0]));

/** Who holds each prize after the annulments, in the order they came. Everybody keeps what they have; an annulled
 * person's prize goes to the next ticket not called yet. `calls`: for each prize, everybody called for it in turn
 * (the last one holds it). `stray`: annulments of people who held nothing. */
function allotted(ranking, skipped, prizeCount, annulments) {
  const waiting = ranking.map(([entrant]) => entrant).filter((entrant) => !Object.hasOwn(skipped, entrant));
  const callNext = () => ({ entrant: waiting.shift() ?? null });
  const calls = Array.from({ length: prizeCount }, () => [callNext()]);
  const first = calls.map(([call]) => call.entrant);
  const stray = [];
  for (const annulment of annulments) {
    const prize = calls.find((called) => called.at(-1).entrant === annulment.entrant);
    if (!prize) stray.push(annulment.entrant);
    else {
      prize.at(-1).annulment = annulment;
      prize.push(callNext());
    }
  }
  return { calls, first, holders: calls.map((called) => called.at(-1).entrant), stray };
}

// --- the beacon's signature ---

const verified = new Map(); // the draws of one broadcast share a pulse: each is verified once

function signatureIsGood(chain, pulse) {
  const asked = JSON.stringify([chain.scheme, chain.public_key, pulse]);
  if (!verified.has(asked)) verified.set(asked, verifiedSignature(chain, pulse));
  return verified.get(asked);
}

function verifiedSignature(chain, pulse) {
  const round = bigEndian(pulse.round, 8);
  const [signature, key] = [bytesOf(pulse.signature), bytesOf(chain.public_key)];
  const digest = (bytes) => drandBls.sha256Bytes(bytes);
  if (chain.scheme === "bls-unchained-g1-rfc9380") return drandBls.onG1(signature, digest(round), key);
  if (chain.scheme !== "pedersen-bls-chained") return false;
  return drandBls.onG2(signature, digest(joined(bytesOf(pulse.previous_signature), round)), key);
}

// --- checks: each has a name of the words, what was computed and what the protocol says ---

const check = (name, computed, stated) => ({ name, computed, stated, ok: computed === stated });
const faultsOf = (checks) => checks.filter((one) => !one.ok);

/** Runs checks; a protocol so broken that they cannot run is a fault of its structure. */
async function guarded(checks) {
  try {
    return await checks();
  } catch (broken) {
    return [{ name: "form", computed: "DRAW-1", stated: String(broken.message), ok: false }];
  }
}

const isSorted = (entrants) => entrants.every((entrant, at) => at === 0 || entrants[at - 1] < entrant);

async function checksOfList(protocol) {
  const { entrants, manifest } = protocol;
  const wrong = entrants.find((entrant) => !ENTRANT_FORM.test(entrant));
  return [
    check("list", "✓", wrong !== undefined ? String(wrong) : isSorted(entrants) ? "✓" : "✗"),
    check("count", entrants.length, manifest.entrants_count),
    check("entrants", await sha256(utf8(entrantFile(entrants))), manifest.entrants_sha256),
  ];
}

async function checksOfChain({ chain, manifest, draw_at: drawAt }) {
  const known = Object.hasOwn(KNOWN_CHAINS, chain.name) ? KNOWN_CHAINS[chain.name] : chain.chain_hash;
  const checks = [
    check("chain", await chainHashOf(chain), chain.chain_hash),
    check("chain_name", known, chain.chain_hash),
    check(
      "chain_name",
      Object.hasOwn(KNOWN_CHAINS, chain.name) ? `drand-${chain.name}` : "test-chain",
      manifest.beacon,
    ),
    check("chain_sealed", chain.chain_hash, manifest.chain_hash),
  ];
  if (!drawAt) return checks;
  return [...checks, check("moment", roundTime(chain, manifest.round) * 1000, Date.parse(drawAt))];
}

/** The first version, and only it, follows no other and annuls nothing. */
function checksOfVersion({ version, previous, annulments }) {
  const linked =
    version === 1 ? previous === null && !annulments.length : DIGEST_FORM.test(previous ?? "") && annulments.length > 0;
  return [check("history", "✓", linked ? "✓" : `${version}: ${previous ?? "–"}, ${annulments.length}`)];
}

/** Before the pulse there is nothing to draw with: a protocol that already names winners is no sealed one. */
const hasEarlyResult = ({ pulse, seed, ranking, awards }) =>
  pulse === null && [seed, ranking, awards].some((part) => part !== null);

/** What must hold before anybody rolls dice. */
function checksOfSeal(protocol) {
  return guarded(async () => [
    check("form", "DRAW-1", protocol.protocol),
    check("form", "DRAW-1", protocol.manifest.protocol),
    check("early", "✓", hasEarlyResult(protocol) ? "✗" : "✓"),
    check("commit", await commitOf(protocol.manifest), protocol.commit),
    check("draw_id", protocol.manifest.draw_id, protocol.draw_id),
    check("prizes", protocol.manifest.prizes, prizeText(protocol.prizes)),
    check("prizes", protocol.manifest.prize_count, protocol.prizes.length),
    ...(await checksOfList(protocol)),
    ...(await checksOfChain(protocol)),
    ...checksOfVersion(protocol),
  ]);
}

function diceFit(entropy, dice) {
  const rolled = /^dice-(\d+)d10$/.exec(entropy);
  return dice === ""
    ? entropy === "none" || rolled !== null
    : rolled !== null && RegExp(`^\\d{${rolled[1]}}$`).test(dice);
}

/** What must hold before a ticket is computed. The signature comes last: it is the dear one. */
function checksOfPulse(protocol, pulse, dice) {
  return guarded(async () => {
    const checks = [
      check("dice", "✓", diceFit(protocol.manifest.local_entropy, dice) ? "✓" : dice),
      check("round", protocol.manifest.round, pulse.round),
      check("randomness", await sha256(bytesOf(pulse.signature)), pulse.randomness),
    ];
    if (faultsOf(checks).length) return checks;
    return [...checks, check("signature", "✓", signatureIsGood(protocol.chain, pulse) ? "✓" : "✗")];
  });
}

/** The whole draw: seed, tickets, ranking, who was called for each prize. */
async function computed(protocol, pulse, dice, skipped, onTicket) {
  const seed = await seedOf(await commitOf(protocol.manifest), pulse.randomness, dice);
  const tickets = await ticketsOf(seed, protocol.manifest.draw_id, protocol.entrants, onTicket);
  const ranking = ranked(tickets);
  const allotment = allotted(ranking, skipped, protocol.prizes.length, protocol.annulments);
  return { seed, tickets, ranking, ...allotment };
}

const listText = (values) => values.map((value) => value ?? "–").join(", ");

/** The first place where two lists of texts part, as a pair to show; equal lists give two equal texts. */
function parting(ours, theirs) {
  const at = [...ours, ...theirs].findIndex((_, index) => ours[index] !== theirs[index]);
  return at < 0 || at >= Math.max(ours.length, theirs.length)
    ? ["✓", "✓"]
    : [ours, theirs].map((list) => `${at + 1}: ${list[at] ?? "–"}`);
}

function checksOfRanking(result, protocol) {
  const stated = protocol.ranking;
  const ours = new Map(result.ranking);
  const flipped = stated.find(([entrant, ticket]) => ours.get(entrant) !== ticket);
  const order = parting(
    result.ranking.map(([entrant]) => entrant),
    stated.map(([entrant]) => entrant),
  );
  return [
    flipped
      ? check("tickets", `${flipped[0]} ${ours.get(flipped[0]) ?? "–"}`, flipped.join(" "))
      : check("tickets", "✓", "✓"),
    check("order", ...order),
  ];
}

/** Whoever is passed over must have won where the protocol says, as far as that draw is on this page. An annulment may
 * pass over somebody who has won later, so this is asked when all draws are computed (`results` by draw id). */
function checksOfSkipped({ skipped }, results) {
  const idle = Object.entries(skipped).filter(([entrant, drawId]) => {
    const result = results.get(drawId);
    return result && !result.calls.flat().some((call) => call.entrant === entrant);
  });
  return [check("skipped", "✓", idle.length ? listText(idle.map(([entrant]) => entrant)) : "✓")];
}

/** Nobody holds a prize here who won, and kept, a prize in an earlier draw of the contest. */
function checksOfOnePrize(result, earlier) {
  const kept = [...earlier.values()].flatMap(({ first, holders }) =>
    first.filter((entrant, at) => entrant && holders[at] === entrant),
  );
  const twice = result.holders.filter((entrant) => kept.includes(entrant));
  return [check("one_prize", "✓", twice.length ? listText(twice) : "✓")];
}

/** The protocol's own figures against ours. `earlier`: results of earlier draws of the contest, by draw id. */
function checksOfResult(protocol, result, earlier) {
  return guarded(async () => [
    check("seed", result.seed, protocol.seed),
    ...checksOfRanking(result, protocol),
    check("annulments", "✓", result.stray.length ? listText(result.stray) : "✓"),
    check("awards", listText(result.holders), listText(protocol.awards)),
    ...checksOfOnePrize(result, earlier),
  ]);
}

/** A finished protocol recomputed: `checks`, and `result` only where not one check failed. */
async function examined(protocol, earlier) {
  const checks = await checksOfSeal(protocol);
  if (faultsOf(checks).length) return { checks, result: null };
  const { pulse, dice } = protocol;
  checks.push(...(await checksOfPulse(protocol, pulse, dice)));
  if (faultsOf(checks).length) return { checks, result: null };
  let result = null;
  const compare = async () => {
    result = await computed(protocol, pulse, dice, protocol.skipped);
    return checksOfResult(protocol, result, earlier);
  };
  checks.push(...(await guarded(compare)));
  return { checks, result: faultsOf(checks).length ? null : result };
}
