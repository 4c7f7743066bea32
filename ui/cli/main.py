"""The command line: thin, one function a command; what it prints is made elsewhere.

Exit codes: 0 done, 1 the answer is an abstention or a gate failed, 2 bad input,
with one line on stderr; 130 stopped by Ctrl-C (`ui.cli.entry` says so).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from index.article import Article
from index.errors import FootnoteError, SourceError
from qa.errors import DatasetError
from ui.app.terminal import log_to_terminal, one_line, say, say_as_stored, say_json, say_written_json
from ui.cli.evaluate import FailIfWorseOption, JobsOption, JudgeOption, RestartOption, evaluation
from ui.cli.options import JsonOption, LibraryOption, TrustOption
from ui.cli.progress import adding_progress
from ui.cli.progress import progress as _progress
from ui.cli.widget_keys import widget

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from index.library_writer import ArticleSource, Tell

STANDARD_INPUT = "-"

app = typer.Typer(
    name="footnote",
    help="Ask articles questions; every answer cites the exact words it rests on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(widget, name="widget")
app.add_typer(evaluation, name="eval")


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"footnote {version('footnote-qa')}")
        raise typer.Exit


@app.callback()
def footnote(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Ask articles questions; every answer cites the exact words it rests on."""


def main() -> NoReturn:
    """Run the command line; an expected error is one line on stderr and exit code 2."""
    log_to_terminal()
    try:
        app()
    except FootnoteError as error:
        _stop(str(error))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has stopped reading
        sys.exit(0)
    sys.exit(0)


@app.command()
def index(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH_OR_URL...", help="Files, folders and web addresses to add; - is standard input."),
    ] = None,
    library: LibraryOption = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="The title of what standard input holds.")] = None,
    re_embed: Annotated[
        bool, typer.Option("--re-embed", help="Embed the whole library anew, with the present settings.")
    ] = False,
    trust: TrustOption = False,
) -> None:
    """Add articles to a library, or bring changed ones up to date."""
    from ui.app.trust import settle_trust, trusted_settings
    from ui.app.wiring import indexer_of, library_folder, library_settings

    if not sources and not re_embed:
        _stop("nothing to index; name files, folders or addresses: footnote index PATH_OR_URL...")
    if title is not None and STANDARD_INPUT not in (sources or ()):
        _stop("--title is for standard input; name it too: footnote index - --title TITLE")
    folder = library_folder(library)
    settle_trust(folder, trust=trust)
    indexer = indexer_of(trusted_settings(folder) if re_embed else library_settings(folder))
    if re_embed:
        with _progress("embedding") as progress:
            report = indexer.embed_anew(folder, progress=progress)
        say(f"{len(report.replaced)} articles embedded anew in {folder}")
    if not sources:
        return
    problems: list[str] = []
    with adding_progress(problems) as tell:
        report = indexer.adding(folder).add(_sources(sources, title, tell), tell, together=True)
    if report.added or report.replaced or report.unchanged or not problems:  # else there may be no such folder
        say(
            f"{len(report.added)} added, {len(report.replaced)} replaced, {len(report.unchanged)} unchanged "
            f"in {folder} ({report.embedded} passages and sentences embedded, {report.reused} reused)"
        )
    if problems:
        for problem in problems:
            say(f"footnote: {one_line(problem)}", err=True)
        raise typer.Exit(2)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    library: LibraryOption = None,
    article: Annotated[
        list[str] | None,
        typer.Option("--article", metavar="ID", help="Ask only this article; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
    trust: TrustOption = False,
) -> None:
    """Ask one question; exit code 1 when the library does not say."""
    from qa.answer import Abstention
    from qa.assistant import checked_question
    from qa.reply_json import reply_to_json
    from ui.app.trust import settle_trust
    from ui.app.wiring import library_folder, open_product
    from ui.replies.terminal import render_terminal

    checked_question(question)  # before a model is loaded
    settle_trust(library_folder(library), trust=trust)
    product = open_product(library)
    reply = product.assistant.ask(question, article_ids=article or None)
    titles = {summary.id: summary.title for summary in product.library.articles()}
    if as_json:
        say_json(reply_to_json(reply))
    else:
        say(render_terminal(reply, titles, asked=len(article or titles)))
    if isinstance(reply, Abstention):
        raise typer.Exit(1)


@app.command()
def serve(
    library: LibraryOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Read the documents of a folder that holds no library, without asking.")
    ] = False,
    trust: TrustOption = False,
    read_token_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The variable with the token that reading takes; else FOOTNOTE_READ_TOKEN."),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Let everybody read who can reach --host.")] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name that the server is reached by, as behind a proxy; may be repeated."),
    ] = None,
    access_log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a line for each request; 20 MB at most are kept.")
    ] = None,
) -> None:
    """Serve the chat and the API on one port."""
    from ui.app.trust import settle_trust
    from ui.app.wiring import library_folder
    from ui.cli.documents import offer_to_read
    from ui.server.run import Openness, require_free, run_server

    openness = Openness(read_token_env=read_token_env, is_public=public, allow_hosts=tuple(allow_host or ()))
    require_free(host, port)
    library = None if library is None else offer_to_read(library, yes=yes)
    settle_trust(library_folder(library), trust=trust)
    run_server(library, host=host, port=port, openness=openness, access_log=access_log)


@app.command(name="list")
def list_articles(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the articles of a library."""
    from ui.app.wiring import opened_library

    with opened_library(library) as stored:
        summaries = stored.articles()
    if as_json:
        say_json([{**asdict(s), "published": s.published and s.published.isoformat()} for s in summaries])
        return
    for summary in summaries:
        counts = f"{summary.characters:>9,} characters  {summary.passages:>5} passages"
        say(f"{one_line(summary.id)}  {counts}  {one_line(summary.title)}")
    counted = "1 article" if len(summaries) == 1 else f"{len(summaries):,} articles"
    say(f"{counted} in {stored.folder}", err=True)


@app.command()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ID")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print one article's text as it is stored; positions in citations count in it."""
    from ui.app.wiring import opened_library

    with opened_library(library) as stored:
        article = stored.article(article_id)
    if as_json:
        say_json(_article_json(article))
    else:
        say_as_stored(article.text)


@app.command()
def remove(article_ids: Annotated[list[str], typer.Argument(metavar="ID...")], library: LibraryOption = None) -> None:
    """Remove articles from a library."""
    from index.library_writer import remove_articles
    from index.storage.library import Library
    from ui.app.wiring import library_folder

    with Library.open_for_rewriting(library_folder(library)) as stored:
        remove_articles(stored, article_ids)
    say(f"removed {', '.join(article_ids)}")


@app.command()
def feedback(library: LibraryOption = None) -> None:
    """Print the feedback that was given on replies, oldest first: one JSON object a line."""
    from contextlib import closing

    from index.storage.conversations import ConversationStore
    from qa.conversations import feedback_json
    from ui.app.wiring import opened_library

    with opened_library(library, own=True) as stored, closing(ConversationStore.open(stored.folder)) as store:
        for given in store.feedback():
            say_written_json(json.dumps(feedback_json(given), ensure_ascii=False) + "\n")


@app.command()
def doctor(library: LibraryOption = None) -> None:
    """Check the installation and a library; exit code 2 when something is wrong."""
    from ui.cli.doctor import examine

    findings = examine(library)
    for finding in findings:
        say(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {one_line(finding.found)}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(2)


@evaluation.command(name="run")
def evaluate_dataset(
    dataset: Annotated[
        Path | None,
        typer.Argument(help="Questions as CSV, JSONL, SQuAD JSON or XLSX, or the folder of a data set."),
    ] = None,
    library: LibraryOption = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where answers, run and report go.")] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="An earlier --out folder or report.json; a regression is exit code 1."),
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option("--fail-under", metavar="METRIC=VALUE", help="A gate; may be repeated."),
    ] = None,
    fail_if_worse: FailIfWorseOption = None,
    jobs: JobsOption = None,
    restart: RestartOption = False,
    judge: JudgeOption = False,
    corpus: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The articles that the questions are about, indexed for this.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=COLUMN", help="Which column holds what; may be repeated."),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(metavar="FORM", help="Print a file to fill in (csv, jsonl), or write it (xlsx too) to DATASET."),
    ] = None,
    trust: TrustOption = False,
) -> None:
    """Ask every question of a dataset and score the replies; a run that was stopped goes on where it was."""
    from qa.evaluation.report import fail_under as failed_gates
    from qa.evaluation.report import render_table
    from ui.app.trust import settle_trust
    from ui.app.wiring import library_folder
    from ui.cli.evaluate import Baseline
    from ui.cli.options import fail
    from ui.evaluate.evaluate_file import describe_problems, evaluate_pairs, gates

    if template is not None:
        _give_template(template, dataset)
        return
    if dataset is None:
        raise DatasetError("nothing to evaluate; name a file or folder of questions, or begin with --template csv")
    settle_trust(library_folder(library), trust=trust)
    wanted = gates(fail_under or [])
    earlier = Baseline(baseline, fail_if_worse or [])
    with _progress("asking") as progress:
        report = evaluate_pairs(
            dataset,
            library,
            out,
            progress,
            wanted,
            corpus=corpus,
            columns=columns or [],
            jobs=jobs,
            restart=restart,
            judged=judge,
            against=earlier.against,
        )
    for line in describe_problems(report):
        say(f"footnote: {one_line(line)}", err=True)
    say(render_table(report))
    fail([*failed_gates(report, wanted), *earlier.regressions(report)])


def _give_template(form: str, path: Path | None) -> None:
    """Print the template of a file of questions, or write it where a file is named."""
    from qa.evaluation.data.template import template_text, write_template

    if path is None:
        say(template_text(form), nl=False)
    else:
        write_template(form, path)
        say(f"wrote {path}; fill it in, then: footnote eval {path}")


def _sources(named: Sequence[str], title: str | None, tell: Tell) -> Iterator[ArticleSource]:
    """Yield what is named, folders file by file; what cannot be found is told, and does not stop the others."""
    from index.formats import is_folder, readable_files
    from index.library_writer import AddingEvent, ArticleSource
    from index.web import is_address

    for name in named:
        try:
            if name == STANDARD_INPUT:
                yield ArticleSource.pasted(_standard_input(), title)
            elif is_address(name):
                yield ArticleSource.address(name)
            else:
                path = Path(name)
                within = path if is_folder(path) else None
                yield from (ArticleSource.file(file, within) for file in readable_files(path))
        except SourceError as error:
            tell(AddingEvent(name, "failed", str(error)))


def _standard_input() -> str:
    """Return what is piped or typed in, up to what a file may hold, in whatever encoding it is."""
    from index.formats.decoding import decode
    from index.formats.limits import DEFAULT_LIMITS

    raw = sys.stdin.buffer.read(DEFAULT_LIMITS.max_file_bytes + 1)
    return decode(raw, Path("standard input"))


def _article_json(article: Article) -> dict[str, Any]:
    return {**asdict(article), "published": article.published and article.published.isoformat()}


def _stop(message: str) -> NoReturn:
    say(f"footnote: {one_line(message)}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
