"""The evaluation page as HTML: what is always there, and templates that its script fills in, word by word as text.

The script relies on the ids here and on ``data-does`` (what a button does).
"""

from __future__ import annotations

from ui.replies.controls import icon, language_menu, theme_button
from ui.replies.messages import Wording
from ui.replies.places import escape

_KINDS = ".csv,.tsv,.tab,.jsonl,.ndjson,.json,.xlsx,.xlsm"
_TEMPLATES = (("csv", "CSV"), ("xlsx", "Excel"), ("jsonl", "JSONL"))


def evaluating_html(*, words: Wording, most_bytes: int) -> str:
    """Return the body of the page."""
    said = {key: escape(words.text(key)) for key in _TEXTS}
    return (
        f'<header id="fe-header"><a id="fe-chat" class="fe-link" href="./">{icon("back")}'
        f'<span>{said["evaluation.back"]}</span></a><div class="fe-tools">{language_menu(words)}{theme_button(words)}'
        f"</div></header><main>"
        f'<h1>{said["evaluation.title"]}</h1><p class="fe-lead">{said["evaluation.lead"]}</p>'
        f"{_new(said, most_bytes)}{_run(said)}{_runs(said)}</main>"
        f'<div id="fe-drop" aria-hidden="true"><p>{said["evaluation.drop"]}</p></div>'
        f'<p id="fe-said" role="status"></p>{_templates(said)}'
    )


def _new(said: dict[str, str], most_bytes: int) -> str:
    offered = "".join(
        f'<a href="v1/evaluation-template?format={form}" download>{name}</a>' for form, name in _TEMPLATES
    )
    return (
        f'<section id="fe-new" aria-label="{said["evaluation.new"]}">'
        f'<input type="file" id="fe-file" hidden accept="{_KINDS}" data-most-bytes="{most_bytes}">'
        f'<button type="button" class="fe-primary" data-does="choose">{said["evaluation.choose"]}</button>'
        f'<p class="fe-soft">{said["evaluation.hint"]}</p>'
        f'<p class="fe-soft fe-forms">{said["evaluation.templates"]} {offered}</p>'
        f'<p id="fe-sending" class="fe-soft" hidden><progress aria-label="{said["evaluation.sending"]}"></progress>'
        f"{said['evaluation.sending']}</p>"
        f'<div id="fe-refused" class="fe-alert" role="alert"></div>'
        f'<form id="fe-mapping" novalidate hidden><p>{said["evaluation.mapping"]}</p>'
        f'<label>{said["evaluation.question"]}<input name="question" autocomplete="off" maxlength="200"></label>'
        f'<label>{said["evaluation.answer"]}<input name="answers" autocomplete="off" maxlength="200"></label>'
        f'<button type="submit" class="fe-primary">{said["evaluation.read_again"]}</button></form>'
        f'<form id="fe-token" novalidate hidden><p>{said["token.needed"]}</p><p id="fe-refusal" class="fe-soft"></p>'
        f'<label>{said["token.label"]}<input type="password" name="token" autocomplete="off"></label>'
        f'<button type="submit" class="fe-primary">{said["token.send"]}</button></form></section>'
    )


def _run(said: dict[str, str]) -> str:
    return (
        '<section id="fe-run" aria-labelledby="fe-name" hidden><div class="fe-title">'
        '<h2 id="fe-name" tabindex="-1" dir="auto"></h2><p id="fe-state" class="fe-state"></p></div>'
        '<div id="fe-shown"></div></section>'
    )


def _runs(said: dict[str, str]) -> str:
    return (
        f'<section id="fe-runs" aria-labelledby="fe-earlier"><h2 id="fe-earlier" tabindex="-1">'
        f'{said["evaluation.runs"]}</h2><p id="fe-passing" class="fe-soft" hidden>{said["evaluation.passing"]}</p>'
        f'<p id="fe-none" class="fe-soft" hidden>{said["evaluation.none"]}</p><ul id="fe-list"></ul></section>'
    )


def _templates(said: dict[str, str]) -> str:
    return (
        f'<template id="fe-t-read"><p class="fe-usable"></p><ul class="fe-counts"></ul>'
        f'<div class="fe-wide" tabindex="0" role="region" aria-label="{said["evaluation.columns"]}">'
        f'<table class="fe-columns"><caption>{said["evaluation.columns"]}</caption><tbody></tbody></table></div>'
        f'<div class="fe-wide" tabindex="0" role="region" aria-label="{said["evaluation.examples"]}">'
        f'<table class="fe-examples"><caption>{said["evaluation.examples"]}</caption><thead><tr>'
        f'<th scope="col">{said["evaluation.question"]}</th><th scope="col">{said["evaluation.answer"]}</th></tr>'
        f"</thead><tbody></tbody></table></div><details><summary></summary><ul></ul></details></template>"
        f'<template id="fe-t-progress"><progress max="1" aria-label="{said["evaluation.progress"]}"></progress>'
        f'<p class="fe-progress"></p></template>'
        f'<template id="fe-t-report"><div class="fe-bar"><label>{said["evaluation.compare"]} <select></select></label>'
        f'<details class="fe-files"><summary>{said["evaluation.files"]}</summary><ul></ul></details>'
        f'<a class="fe-link fe-alone" target="_blank" rel="noopener">{said["evaluation.alone"]}</a></div>'
        f'<div class="fe-comparison" role="region" aria-label="{said["evaluation.comparison"]}" tabindex="-1" hidden>'
        f'</div><iframe title="{said["evaluation.report"]}" sandbox="allow-scripts allow-popups allow-downloads">'
        f"</iframe></template>"
        f'<template id="fe-t-comparison"><div class="fe-wide" tabindex="0" role="region"'
        f' aria-label="{said["evaluation.comparison"]}"><table><thead><tr>'
        f'<th scope="col">{said["evaluation.metric"]}</th><th scope="col">{said["evaluation.before"]}</th>'
        f'<th scope="col">{said["evaluation.now"]}</th><th scope="col">{said["evaluation.finding"]}</th></tr></thead>'
        f"<tbody></tbody></table></div></template>"
        f'<template id="fe-t-row"><li><a class="fe-open" dir="auto"></a><span class="fe-state"></span>'
        f'<p class="fe-soft"></p><dl></dl></li></template>'
    )


_TEXTS = (
    "evaluation.title",
    "evaluation.lead",
    "evaluation.back",
    "evaluation.new",
    "evaluation.choose",
    "evaluation.hint",
    "evaluation.templates",
    "evaluation.sending",
    "evaluation.drop",
    "evaluation.mapping",
    "evaluation.read_again",
    "evaluation.columns",
    "evaluation.examples",
    "evaluation.question",
    "evaluation.answer",
    "evaluation.progress",
    "evaluation.compare",
    "evaluation.comparison",
    "evaluation.files",
    "evaluation.alone",
    "evaluation.report",
    "evaluation.metric",
    "evaluation.before",
    "evaluation.now",
    "evaluation.finding",
    "evaluation.runs",
    "evaluation.passing",
    "evaluation.none",
    "token.needed",
    "token.label",
    "token.send",
)
