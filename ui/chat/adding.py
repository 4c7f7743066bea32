"""What adds articles to the library, as HTML: files, an address, pasted text; and how far they are.

The lines of the list are made by the page's script from the template, word by
word: what a file is called and what is wrong with it are text there too.
"""

from __future__ import annotations

import json

from ui.replies.messages import Wording
from ui.replies.places import escape

_STATES = (
    "adding.waiting",
    "adding.sending",
    "adding.reading",
    "adding.embedding",
    "adding.added",
    "adding.replaced",
    "adding.unchanged",
    "adding.failed",
    "adding.cancelled",
)
_MESSAGES = (
    "adding.same_name",
    "adding.too_large",
    "adding.lost",
    "adding.still",
    "adding.summary",
    "token.refused",
    "library.removed",
)
_FILE_KINDS = ".pdf,.docx,.pptx,.epub,.html,.htm,.md,.markdown,.txt,.csv,.json,.jsonl,.zip"


def adding_html(*, can_add: bool, most_bytes: int, words: Wording) -> str:
    """Return the ways to add articles; where nothing may be added, what to do instead."""
    if not can_add:
        before, after = (escape(part) for part in words.text("adding.fixed", command="\n").split("\n"))
        return f'<p class="fn-details fn-fixed">{before}<code>footnote serve --library DIR</code>{after}</p>'
    says = json.dumps(
        {
            key: words.text(key, done="{done}", total="{total}", megabytes=str(most_bytes // 1_000_000))
            for key in (*_STATES, *_MESSAGES)
        }
    )
    text = {key: escape(words.text(key)) for key in _LABELS}
    return (
        f'<section class="fn-adding" data-most-bytes="{most_bytes}" data-words="{escape(says)}">'
        f'<div class="fn-ways" role="group" aria-label="{text["adding.title"]}">'
        f'<button type="button" class="fn-primary" data-add="files">{text["adding.files"]}</button>'
        f"{_way('url', text['adding.url'])}{_way('text', text['adding.text'])}</div>"
        f'<input type="file" id="fn-files" multiple hidden accept="{_FILE_KINDS}">'
        f'<p class="fn-details">{text["adding.hint"]}</p>'
        f'<form id="fn-way-url" novalidate hidden><label>{text["adding.url"]}'
        f'<input type="url" name="url" autocomplete="off" placeholder="https://"></label>{_submit(text)}</form>'
        f'<form id="fn-way-text" novalidate hidden><label>{text["adding.name"]}'
        f'<input name="title" maxlength="300" autocomplete="off"></label><label>{text["adding.pasted"]}'
        f'<textarea name="text" rows="6"></textarea></label>{_submit(text)}</form>'
        f'<form id="fn-way-token" novalidate hidden><p class="fn-token-lead">{text["token.needed"]}</p>'
        f'<p class="fn-details" id="fn-refusal" dir="auto"></p><label>{text["token.label"]}'
        f'<input type="password" name="token" autocomplete="off"></label>'
        f'<div class="fn-form-buttons"><button type="submit" class="fn-primary">{text["token.send"]}</button>'
        f'<button type="button" class="fn-plain" data-token-never="">{text["adding.cancel"]}</button></div></form>'
        f'<ul id="fn-progress" aria-label="{text["adding.progress"]}"></ul>'
        f'<button type="button" class="fn-plain" id="fn-clear" hidden>{text["adding.clear"]}</button>'
        '<template id="fn-item"><li><span class="fn-item-name" dir="auto"></span>'
        '<span class="fn-item-state"></span>'
        f'<button type="button" class="fn-plain" data-cancel="">{text["adding.cancel"]}</button>'
        f'<button type="button" class="fn-plain" data-open="" hidden>{text["adding.open"]}</button>'
        f'<progress max="1" aria-label="{text["adding.progress"]}" hidden></progress>'
        '<p class="fn-item-message" dir="auto" hidden></p></li></template></section>'
    )


_LABELS = (
    "adding.title",
    "adding.files",
    "adding.url",
    "adding.text",
    "adding.hint",
    "adding.name",
    "adding.pasted",
    "adding.send",
    "adding.cancel",
    "adding.open",
    "adding.clear",
    "adding.progress",
    "token.needed",
    "token.label",
    "token.send",
)


def _way(name: str, label: str) -> str:
    return (
        f'<button type="button" class="fn-plain" data-add="{name}" aria-expanded="false"'
        f' aria-controls="fn-way-{name}">{label}</button>'
    )


def _submit(text: dict[str, str]) -> str:
    return f'<div class="fn-form-buttons"><button type="submit" class="fn-primary">{text["adding.send"]}</button></div>'
