"""The command line: thin, one function a command; what it prints is made elsewhere.

Exit codes: 0 done, 1 the answer is an abstention or a gate failed, 2 bad input,
with one line on stderr.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from index.article import Article
from index.errors import DatasetError, FootnoteError, SourceError
from ui.eval_cli import FailIfWorseOption, JobsOption, JudgeOption, RestartOption, evaluation
from ui.options import JsonOption, LibraryOption
from ui.progress import bar as _bar
from ui.progress import progress as _progress
from ui.widget_cli import widget

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from ui.adding import AddingEvent, Source

STANDARD_INPUT = "-"
SHOWN_CHARACTERS = 40

app = typer.Typer(
    name="footnote",
    help="Ask articles questions; every answer cites the exact words it rests on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(widget, name="widget")
app.add_typer(evaluation, name="eval")


def main() -> NoReturn:
    """Run the command line; an expected error is one line on stderr and exit code 2."""
    logging.basicConfig(format="footnote: %(message)s", level=logging.WARNING, stream=sys.stderr)
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
) -> None:
    """Add articles to a library, or bring changed ones up to date."""
    from index.ingest import reembed
    from index.library import Library
    from ui.adding import Adding
    from ui.compose import fingerprint_of, library_settings, make_embedder, own_library_folder
    from ui.settings import read_settings

    if not sources and not re_embed:
        _stop("nothing to index; name files, folders or addresses: footnote index PATH_OR_URL...")
    if title is not None and STANDARD_INPUT not in (sources or ()):
        _stop("--title is for standard input; name it too: footnote index - --title TITLE")
    folder = library or own_library_folder()
    settings = read_settings(folder) if re_embed else library_settings(folder)
    embedder = make_embedder(settings)
    fingerprint = fingerprint_of(settings, embedder)
    if re_embed:
        with Library.open_for_rewriting(folder) as stored, _progress("embedding") as progress:
            report = reembed(stored, embedder, settings.chunking, fingerprint=fingerprint, progress=progress)
        typer.echo(f"{len(report.replaced)} articles embedded anew in {folder}")
    if not sources:
        return
    problems: list[str] = []
    with _adding_bar(problems) as tell:
        adding = Adding(folder, embedder=embedder, settings=settings, fingerprint=fingerprint)
        report = adding.add(_sources(sources, title, problems), tell, together=True)
    typer.echo(
        f"{len(report.added)} added, {len(report.replaced)} replaced, {len(report.unchanged)} unchanged in {folder} "
        f"({report.embedded} passages and sentences embedded, {report.reused} reused)"
    )
    if problems:
        for problem in problems:
            typer.echo(f"footnote: {problem}", err=True)
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
) -> None:
    """Ask one question; exit code 1 when the library does not say."""
    from qa.answer import Abstention
    from qa.assistant import checked_question
    from qa.reply_json import reply_to_json
    from ui.compose import open_product
    from ui.render import render_terminal

    checked_question(question)  # before a model is loaded
    product = open_product(library)
    reply = product.assistant.ask(question, article_ids=article or None)
    titles = {summary.id: summary.title for summary in product.library.articles()}
    typer.echo(_json(reply_to_json(reply)) if as_json else render_terminal(reply, titles, asked=len(article or titles)))
    if isinstance(reply, Abstention):
        raise typer.Exit(1)


@app.command()
def serve(
    library: LibraryOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
) -> None:
    """Serve the chat and the API on one port."""
    from ui.server import run_server

    run_server(library, host=host, port=port)


@app.command(name="list")
def list_articles(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the articles of a library."""
    from ui.compose import opened_library

    with opened_library(library) as stored:
        summaries = stored.articles()
    if as_json:
        typer.echo(_json([{**asdict(s), "published": s.published and s.published.isoformat()} for s in summaries]))
        return
    for summary in summaries:
        typer.echo(
            f"{summary.id}  {summary.characters:>9,} characters  {summary.passages:>5} passages  {summary.title}"
        )
    counted = "1 article" if len(summaries) == 1 else f"{len(summaries):,} articles"
    typer.echo(f"{counted} in {stored.folder}", err=True)


@app.command()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ID")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print one article's text as it is stored; positions in citations count in it."""
    from ui.compose import opened_library

    with opened_library(library) as stored:
        article = stored.article(article_id)
    typer.echo(_json(_article_json(article)) if as_json else article.text)


@app.command()
def remove(article_ids: Annotated[list[str], typer.Argument(metavar="ID...")], library: LibraryOption = None) -> None:
    """Remove articles from a library."""
    from index.library import Library
    from ui.adding import remove_articles
    from ui.compose import own_library_folder

    with Library.open_for_rewriting(library or own_library_folder()) as stored:
        remove_articles(stored, article_ids)
    typer.echo(f"removed {', '.join(article_ids)}")


@app.command()
def feedback(library: LibraryOption = None) -> None:
    """Print the feedback that was given on replies, oldest first: one JSON object a line."""
    from contextlib import closing

    from index.conversations import ConversationStore
    from ui.compose import opened_library
    from ui.history import feedback_json

    with opened_library(library) as stored, closing(ConversationStore.open(stored.folder)) as store:
        for given in store.feedback():
            typer.echo(json.dumps(feedback_json(given), ensure_ascii=False))


@app.command()
def doctor(library: LibraryOption = None) -> None:
    """Check the installation and a library; exit code 2 when something is wrong."""
    from ui.doctor import examine

    findings = examine(library)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.found}")
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
) -> None:
    """Ask every question of a dataset and score the replies; a run that was stopped goes on where it was."""
    from qa.evaluation.report import fail_under as failed_gates
    from qa.evaluation.report import render_table
    from ui.eval_cli import Baseline, fail
    from ui.evaluating import describe_problems, evaluate_pairs, gates

    if template is not None:
        _give_template(template, dataset)
        return
    if dataset is None:
        raise DatasetError("nothing to evaluate; name a file or folder of questions, or begin with --template csv")
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
        typer.echo(f"footnote: {line}", err=True)
    typer.echo(render_table(report))
    fail([*failed_gates(report, wanted), *earlier.regressions(report)])


def _give_template(form: str, path: Path | None) -> None:
    """Print the template of a file of questions, or write it where a file is named."""
    from qa.evaluation.pairs.template import template_text, write_template

    if path is None:
        typer.echo(template_text(form), nl=False)
    else:
        write_template(form, path)
        typer.echo(f"wrote {path}; fill it in, then: footnote eval {path}")


def _sources(named: Sequence[str], title: str | None, problems: list[str]) -> Iterator[Source]:
    """Yield what is named, folders file by file; what cannot be found is noted, and does not stop the others."""
    from index.reading import is_address, readable_files
    from ui.adding import FileSource, TextSource, UrlSource

    for name in named:
        try:
            if name == STANDARD_INPUT:
                yield TextSource(_standard_input(), title)
            elif is_address(name):
                yield UrlSource(name)
            else:
                yield from map(FileSource, readable_files(Path(name)))
        except SourceError as error:
            problems.append(str(error))


def _standard_input() -> str:
    """Return what is piped or typed in, up to what a file may hold, in whatever encoding it is."""
    from index.reading.decoding import decode
    from index.reading.limits import DEFAULT_LIMITS

    raw = sys.stdin.buffer.read(DEFAULT_LIMITS.max_file_bytes + 1)
    return decode(raw, Path("standard input"))


@contextmanager
def _adding_bar(problems: list[str]) -> Iterator[Callable[[AddingEvent], None]]:
    """Give what to tell of sources: the bar shows which is read and how far embedding is; what failed is noted."""
    with _bar("reading") as show:

        def tell(event: AddingEvent) -> None:
            if event.state == "failed":
                problems.append(event.message)
            elif event.state == "reading":
                show(f"reading {event.name[-SHOWN_CHARACTERS:]}", None, None)
            elif event.state == "embedding":
                show("embedding", event.done, event.total)

        yield tell


def _article_json(article: Article) -> dict[str, Any]:
    return {**asdict(article), "published": article.published and article.published.isoformat()}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _stop(message: str) -> NoReturn:
    typer.echo(f"footnote: {message}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
