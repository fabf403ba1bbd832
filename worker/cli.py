"""The command line. Each command lives in worker/commands/ and is imported only when it is called.

Exit status: 0 done, 1 refused or failed, 2 wrong usage. Errors are one sentence, never a traceback.
"""

import sys
import traceback
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from jobs.errors import BaiqauError

app = typer.Typer(
    name="baiqau",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
keys_app = typer.Typer(no_args_is_help=True, help="Signing keys.")
mail_app = typer.Typer(no_args_is_help=True, help="Messages and what is doubtful about them.")
audit_app = typer.Typer(no_args_is_help=True, help="The hash-chained audit log.")
draw_app = typer.Typer(no_args_is_help=True, help="Draws of prizes that anyone can check (DRAW-1).")
app.add_typer(keys_app, name="keys")
app.add_typer(mail_app, name="mail")
app.add_typer(audit_app, name="audit")
app.add_typer(draw_app, name="draw")

SiteOption = Annotated[Path, typer.Option("--site", help="The site: a folder with settings.toml.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NowOption = Annotated[
    str | None, typer.Option("--now", metavar="INSTANT", help="Act as if it were this instant.")
]
HERE = Path()


@app.callback()
def _program() -> None:
    """Runs education contests from their regulations: watches an inbox, keeps time, decides, asks, delivers."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    contest: Annotated[
        list[str] | None, typer.Option("--contest", help="A contest to run there; may be repeated.")
    ] = None,
) -> None:
    """Make a working site with test keys in DIR."""
    from worker.commands.init import init_site

    init_site(folder, contest or [])


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option("--keep", metavar="DIR", help="Keep the site in DIR.")] = None,
) -> None:
    """Run a whole season on sample files, with real mail on loopback, and verify all that comes out."""
    from worker.commands.demo import run_demo

    _exit_if(not run_demo(keep))


@app.command()
def run(
    site: SiteOption = HERE,
    once: Annotated[bool, typer.Option("--once", help="Take what is there, do what is due, exit.")] = False,
    now: NowOption = None,
    json_log: Annotated[bool, typer.Option("--json", help="Log lines as JSON.")] = False,
) -> None:
    """The worker: watch the inbox, keep the time, deliver."""
    from worker.commands.run import run_forever, run_once

    if now is not None and not once:
        raise typer.BadParameter("--now goes with --once")
    if once:
        run_once(site, now, as_json=json_log)
    else:
        run_forever(site, as_json=json_log)


@app.command()
def rehearse(
    contest: str,
    site: SiteOption = HERE,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep the rehearsal's site in DIR.")
    ] = None,
) -> None:
    """A season of CONTEST on a virtual clock and made-up files, by this site's rulebook and templates."""
    from worker.commands.rehearse import rehearse_contest

    _exit_if(not rehearse_contest(site, contest, keep))


@app.command()
def check(
    site: SiteOption = HERE,
    cases: Annotated[
        bool, typer.Option("--cases", help="Run the sentences beside each rulebook on it too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check settings, rulebooks, readings, keys and templates; list every fault, start nothing."""
    from worker.commands.check import check_site

    _exit_if(not check_site(site, as_json=as_json, cases=cases))


@app.command("next")
def next_(
    site: SiteOption = HERE,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Up to this day (a year ahead).")
    ] = None,
    now: NowOption = None,
    as_json: JsonOption = False,
) -> None:
    """What fires when, in local time."""
    from worker.commands.upcoming import show_next

    show_next(site, now, until, as_json=as_json)


@app.command()
def status(site: SiteOption = HERE, now: NowOption = None, as_json: JsonOption = False) -> None:
    """Where every stage, delivery, request and message stands."""
    from worker.commands.status import show_status

    show_status(site, now, as_json=as_json)


@app.command()
def explain(
    contest: str,
    person: str,
    lang: Annotated[
        str, typer.Option("--lang", metavar="kk|ru|en", help="The language of the reasons.")
    ] = "en",
    site: SiteOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """One person's whole story in a contest, clause by clause. PERSON: the participant's id or public code."""
    from worker.commands.explain import explain_person

    _exit_if(not explain_person(site, contest, person, language=lang, as_json=as_json))


@app.command("try")
def try_(  # noqa: PLR0913 - one parameter an option
    *,
    rulebook: Path,
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    feed: Annotated[
        list[str], typer.Option("--feed", metavar="NAME=FILE", help="A file of a feed; may be repeated.")
    ],
    now: NowOption = None,
    pulse: Annotated[
        Path | None,
        typer.Option("--pulse", metavar="FILE", help="The beacon's pulse for the draws, as drand's JSON."),
    ] = None,
    chain: Annotated[
        str,
        typer.Option("--chain", metavar="NAME|FILE", help="The beacon's chain: quicknet, default or a file."),
    ] = "quicknet",
    dice: Annotated[
        str, typer.Option("--dice", metavar="DIGITS", help="Dice thrown for the lots and draws.")
    ] = "",
    compare_readings: Annotated[
        bool,
        typer.Option(
            "--compare-readings", help="Whom each open reading would concern, were it the other one."
        ),
    ] = False,
    site: SiteOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """A rulebook over files, without a database: decisions.csv and a table a stage.

    Of the site, where there is one, only the calendar of working days is read."""
    from worker.commands.compare import compare, print_trial
    from worker.commands.trial import try_rulebook

    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        trial = try_rulebook(rulebook, feed, out, now=now, dice=dice, pulse=pulse, chain=chain, site=site)
    compared = compare(trial, feed, out) if compare_readings else None
    print_trial(trial, compared, as_json=as_json)


@app.command()
def admit(  # noqa: PLR0913 - one parameter an option
    *,
    results: Annotated[Path, typer.Option("--results", metavar="F")],
    quotas: Annotated[Path, typer.Option("--quotas", metavar="F")],
    applications: Annotated[Path, typer.Option("--applications", metavar="F")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    tie: Annotated[str, typer.Option("--tie", metavar="strict|reject|admit")] = "strict",
    priorities: Annotated[Path | None, typer.Option("--priorities", metavar="F")] = None,
    chain: Annotated[
        list[str] | None, typer.Option("--chain", metavar="COLUMN", help="Orders equal scores.")
    ] = None,
    rounding: Annotated[str, typer.Option("--rounding", metavar="floor|half-up|ceil")] = "floor",
    dice: Annotated[
        str, typer.Option("--dice", metavar="DIGITS", help="Dice thrown for the lot of equals.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Quota admission by score priority, from three CSV files."""
    from worker.commands.admit import run_admit
    from worker.commands.printing import print_summary

    summary = run_admit(
        results,
        quotas,
        applications,
        out,
        tie=tie,
        priorities=priorities,
        chain=chain or (),
        rounding=rounding,
        dice=dice,
    )
    print_summary(summary, as_json=as_json)


@app.command()
def integrity(  # noqa: PLR0913 - one parameter an option
    *,
    sheets: Annotated[Path, typer.Argument(metavar="SHEETS")],
    key: Annotated[Path, typer.Option("--key", metavar="KEYS", help="The right answers, one an item.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Write every pair (few sheets).")] = False,
    minutes: Annotated[int, typer.Option("--minutes", min=1, help="Sooner is a sign (9.1, 9.3).")] = 30,
    seconds_per_item: Annotated[
        int, typer.Option("--seconds-per-item", min=1, help="Faster is a sign (clause 6).")
    ] = 45,
    above: Annotated[
        str,
        typer.Option(
            "--above", metavar="SHARE", help="More alike, or more right in a hurry, is a sign (9.3)."
        ),
    ] = "90 %",
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, metavar="N", help="All processors unless given.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", metavar="auto|numba|numpy")] = "auto",
    lang: Annotated[
        str,
        typer.Option(
            "--lang", metavar="kk|ru|en", help="The language of act.html and a language of the acts."
        ),
    ] = "kk",
    as_json: JsonOption = False,
) -> None:
    """Similar answers in any test: how rare each pair is among honest people, and who should look at it."""
    from worker.commands.integrity import run_integrity
    from worker.commands.printing import print_summary

    summary = run_integrity(
        sheets,
        key,
        out,
        all_pairs=all_pairs,
        minutes=minutes,
        seconds_per_item=seconds_per_item,
        above=above,
        threads=threads,
        engine=engine,
        lang=lang,
    )
    print_summary(summary, as_json=as_json)


@app.command()
def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…")],
    authority: Annotated[
        Path | None, typer.Option("--authority", metavar="PEM", help="The certificate to trust.")
    ] = None,
    site: SiteOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Verify receipts, lists, manifests, diplomas, draw protocols, whole folders and audit logs, offline."""
    from worker.commands.verify import verify_paths

    _exit_if(not verify_paths(site, paths, authority, as_json=as_json))


@app.command()
def requeue(delivery: str, site: SiteOption = HERE, now: NowOption = None) -> None:
    """Take a refused delivery in again from quarantine, after its cause has been mended."""
    from worker.commands.requeue import requeue_delivery

    requeue_delivery(site, delivery, now)


@keys_app.command("init")
def keys_init(site: SiteOption = HERE) -> None:
    """Make a test authority and a signing key; real sites bring their own."""
    from worker.commands.keys import init_keys

    init_keys(site)


@keys_app.command("list")
def keys_list(site: SiteOption = HERE, as_json: JsonOption = False) -> None:
    """The site's keys and how long they last."""
    from worker.commands.keys import show_keys

    show_keys(site, as_json=as_json)


@mail_app.command("list")
def mail_list(
    site: SiteOption = HERE,
    state: Annotated[
        list[str] | None, typer.Option("--state", help="Only messages in this state; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Messages and their states; without --state those that need a person: uncertain and failed."""
    from worker.commands.mail import list_mail

    list_mail(site, state, as_json=as_json)


@mail_app.command("resolve")
def mail_resolve(
    message: str,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send it again: the family may get it twice.")
    ] = False,
    assume_sent: Annotated[bool, typer.Option("--assume-sent", help="Take it as delivered.")] = False,
    site: SiteOption = HERE,
) -> None:
    """Decide what an uncertain message is."""
    from worker.commands.mail import resolve_mail

    if resend == assume_sent:
        raise typer.BadParameter("give exactly one of --resend and --assume-sent")
    resolve_mail(site, message, "resend" if resend else "assume-sent")


@audit_app.command("verify")
def audit_verify(site: SiteOption = HERE, as_json: JsonOption = False) -> None:
    """Recompute the whole chain."""
    from worker.commands.verify import verify_audit

    verify_audit(site, as_json=as_json)


@draw_app.command("commit")
def draw_commit(
    *,
    entrants: Annotated[Path, typer.Option("--entrants", metavar="F", help="One public code a line.")],
    draw_id: Annotated[str, typer.Option("--draw-id", metavar="ID")],
    prizes: Annotated[
        Path, typer.Option("--prizes", metavar="FILE", help="A prize a line, the first first.")
    ],
    beacon_round: Annotated[int, typer.Option("--round", metavar="N", help="The beacon's round.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    with_dice: Annotated[bool, typer.Option("--with-dice", help="Twenty dice are thrown as well.")] = False,
    chain: Annotated[str, typer.Option("--chain", metavar="quicknet|default|FILE.json")] = "quicknet",
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="FILE", help="The regulation (else the prizes' file).")
    ] = None,
) -> None:
    """Commit to a list, prizes and a round: what is to be published a day before the draw."""
    from worker.commands.draw import commit_draw

    commit_draw(
        out,
        entrants=entrants,
        draw_id=draw_id,
        prizes=prizes,
        round_=beacon_round,
        with_dice=with_dice,
        chain=chain,
        rules=rules,
    )


@draw_app.command("run")
def draw_run(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    pulse: Annotated[Path, typer.Option("--pulse", metavar="FILE", help="drand's JSON of the round.")],
    dice: Annotated[
        str | None, typer.Option("--dice", metavar="DIGITS", help="Twenty digits; '' where the dice failed.")
    ] = None,
    site: SiteOption = HERE,
    now: NowOption = None,
) -> None:
    """Hold a draw that was committed to; once."""
    from worker.commands.draw import run_draw

    run_draw(folder, pulse, dice, site=site, now=now)


@draw_app.command("annul")
def draw_annul(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    entrant: str,
    ground: Annotated[str, typer.Option("--ground", metavar="G", help="A ground of the regulation.")],
    evidence: Annotated[
        Path | None, typer.Option("--evidence", metavar="FILE", help="Only its SHA-256 is published.")
    ] = None,
    site: SiteOption = HERE,
    now: NowOption = None,
) -> None:
    """Annul ENTRANT's prize: the next eligible ticket takes it, all others keep theirs."""
    from worker.commands.draw import annul_prize

    annul_prize(folder, entrant, ground, evidence, site=site, now=now)


@draw_app.command("verify")
def draw_verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    as_json: JsonOption = False,
) -> None:
    """Recompute a draw, every version of it, and name every difference."""
    from worker.commands.draw import verify_draw

    _exit_if(not verify_draw(folder, as_json=as_json))


def _exit_if(failed: bool) -> None:
    if failed:
        raise typer.Exit(1)


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def main() -> None:
    """The console script."""
    try:
        app()
    except BaiqauError as fault:
        typer.echo(f"baiqau: {fault}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as fault:
        typer.echo(f"baiqau: {fault.filename or 'the machine'}: {fault.strerror}.", err=True)
        sys.exit(1)
    except Exception as fault:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        typer.echo(f"baiqau: {_unforeseen(fault)}", err=True)
        sys.exit(1)


def _unforeseen(fault: Exception) -> str:
    """A sentence with the place of the fault and no values: they may be people's."""
    if type(fault).__name__ == "OperationalError":  # SQLAlchemy's; importing it would slow every --help
        return "the database is busy or cannot be reached; try again, or see database.url in settings.toml."
    last = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return f"a defect of ours ({type(fault).__name__} at {place}); please report it with this line."


if __name__ == "__main__":
    main()
