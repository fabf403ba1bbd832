"use strict";
// The last script: everything is defined, and the page begins.

// --- opening, checking, moving about ---

function open(at) {
  page.at = at;
  if (at !== null) page.draws[at].spotlit = false;
  history.replaceState(null, "", at === null ? "#" : `#${encodeURIComponent(page.draws[at].protocol.draw_id)}`);
  render();
  scrollTo(0, 0);
  byId("main").focus({ preventScroll: true });
}

function openFromAddress() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const at = page.draws.findIndex(({ protocol }) => protocol.draw_id === wanted);
  if (at >= 0) page.at = at;
  else if (page.draws.length > 1) page.at = null;
}

/** A finished protocol is recomputed and compared; a sealed one has its seal checked. */
async function inspect(draw) {
  if (draw.protocol.pulse) {
    Object.assign(draw, await examined(draw.protocol, resultsOf(earlierOf(draw))));
    draw.shown = draw.result ? draw.protocol.prizes.length : 0;
    draw.phase = draw.result ? "done" : "fault";
  } else {
    draw.checks = await checksOfSeal(draw.protocol);
    draw.phase = faultsOf(draw.checks).length ? "fault" : "sealed";
  }
}

const resultsOf = (draws) =>
  new Map(draws.filter(({ result }) => result).map(({ protocol, result }) => [protocol.draw_id, result]));

/** Asked last: people may be passed over for what they won in any other draw of the page. */
function inspectSkipped(draw, results) {
  draw.checks.push(...checksOfSkipped(draw.protocol, results));
  if (faultsOf(draw.checks).length) Object.assign(draw, { phase: "fault", result: null });
}

async function begin() {
  openFromAddress();
  render();
  for (const draw of page.draws) await inspect(draw);
  const results = resultsOf(page.draws);
  page.draws.filter(({ phase }) => phase === "done").forEach((draw) => inspectSkipped(draw, results));
  document.body.dataset.checked = "true";
  render();
}

addEventListener("hashchange", () => {
  openFromAddress();
  render();
});
setInterval(tick, 1000);
begin();
