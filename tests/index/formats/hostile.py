"""Small files that keep a parser busy for long, or make it fill the memory; each by its name.

Each was found, or is of a kind that was. None is larger than a mail may bring.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests.index.formats.making import BOOK, CONTAINER, changed_part, docx_of, zip_of

EMPTY_BOOK = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'


def one_element_with_many_attributes(count: int = 40_000) -> str:
    attributes = " ".join(f'a{number}="{number}"' for number in range(count))
    return f"<html><body><p {attributes}>The river floods in May.</p></body></html>"


def many_dates_in_attributes(count: int = 40_000) -> str:
    metas = "".join(f'<meta name="d{number}" content="2020-01-{number % 28 + 1:02}">' for number in range(count))
    return f"<html><head>{metas}</head><body><p>The river floods in May.</p></body></html>"


def deep_elements(depth: int = 200_000) -> str:
    return f"<html><body>{'<div><b>' * depth}The river floods in May."


def an_open_tag_without_end(count: int = 300_000) -> str:
    return f"<html><body><p>The river floods in May.</p>{'<a ' * count}"


def brackets_in_a_heading(count: int = 2_000) -> str:
    return f"# {'[ ' * count}\n\nThe river floods in May.\n"


def quotes_in_quotes(depth: int = 100) -> str:
    return "".join(f"{'>' * level} The river floods in May.\n" for level in range(1, depth))


def one_chapter_many_times(times: int = 20_000) -> bytes:
    order = '<itemref idref="c"/>' * times
    items = '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/>'
    chapter = f"<html><body>{'<p>The river floods in May. It is a long river.</p>' * 200}</body></html>"
    return zip_of(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": BOOK.format(items=items, order=order),
            "OEBPS/c.xhtml": chapter,
        }
    )


def one_chapter_under_many_names(names: int = 20_000) -> bytes:
    """As above, with another item, and another spelling of its part's name, each time."""
    items = "".join(
        f'<item id="c{n}" href="{"./" * n if n < 50 else ""}c.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(names)
    )
    order = "".join(f'<itemref idref="c{number}"/>' for number in range(names))
    return zip_of(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": BOOK.format(items=items, order=order),
            "OEBPS/c.xhtml": f"<html><body>{'<p>The river floods in May.</p>' * 200}</body></html>",
        }
    )


def a_paragraph_of_many_runs(count: int = 900_000) -> bytes:
    """A document that packs a hundredfold, just as much as is unpacked."""
    document = docx_of(("Normal", "The river floods in May."))
    runs = "<w:r/>" * count
    return changed_part(document, "word/document.xml", "<w:r>", f"{runs}<w:r>")


def many_lists(count: int = 12_000_000) -> str:
    """A line of JSON whose values take twenty times its own size."""
    return '{"text": "The river floods in May.", "more": [' + "[]," * count + "[]]}"


def many_lists_in_a_document(count: int = 12_000_000) -> bytes:
    """As above, as one document of JSON: nothing of it can be read before all of it is."""
    return b"[" + b"[]," * count + b'{"question": "When does the river flood?", "answer": "in May"}]'


def a_page_of_white_space(unpacked_bytes: int = 300_000_000) -> bytes:
    packed = zlib.compress(b" " * unpacked_bytes, 1)
    stream = b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj\n" % (len(packed), packed)
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
    pages = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    return b"%PDF-1.4\n" + pages + page + stream + b"trailer<</Root 1 0 R>>\n%%EOF"


def many_columns(count: int = 5_000_000) -> str:
    return "text" + "," * count + "\nThe river floods in May.\n"


def worksheet_of(rows: str) -> bytes:
    """Return a workbook of one sheet with rows as its XML has them, behind a header row."""
    header = '<row r="1"><c r="A1" t="inlineStr"><is><t>question</t></is></c>'
    header += '<c r="B1" t="inlineStr"><is><t>answer</t></is></c></row>'
    office = "http://schemas.openxmlformats.org"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{office}/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            '<Override PartName="/xl/sheet1.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        )
        relations = f'xmlns="{office}/package/2006/relationships"'
        kind = f"{office}/officeDocument/2006/relationships"
        packed.writestr(
            "_rels/.rels",
            f'<Relationships {relations}><Relationship Id="r1" Type="{kind}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships {relations}><Relationship Id="r1" Type="{kind}/worksheet" '
            'Target="sheet1.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{kind}"><sheets>'
            '<sheet name="questions" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        packed.writestr(
            "xl/sheet1.xml",
            f'<worksheet xmlns="{office}/spreadsheetml/2006/main"><sheetData>{header}{rows}</sheetData></worksheet>',
        )
    return stream.getvalue()


def a_row_far_below(number: int = 2_000_000_000) -> bytes:
    return worksheet_of(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>')


def many_wide_rows(count: int = 4_000) -> bytes:
    """Each row has a cell in the last column that a sheet may have."""
    return worksheet_of("".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, count)))


def a_text_in_every_cell(count: int = 200_000) -> bytes:
    """One string of the shared kind would do; here each cell has its own, and packs well."""
    text = "The river floods in May. " * 30
    return worksheet_of(
        "".join(
            f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{text}</t></is></c><c r="B{n}"><v>1</v></c></row>'
            for n in range(2, count)
        )
    )


ARTICLES: Mapping[str, Callable[[], str | bytes]] = {
    "attributes.html": one_element_with_many_attributes,
    "dates.html": many_dates_in_attributes,
    "deep.html": deep_elements,
    "open.html": an_open_tag_without_end,
    "brackets.md": brackets_in_a_heading,
    "quotes.md": quotes_in_quotes,
    "chapter.epub": one_chapter_many_times,
    "names.epub": one_chapter_under_many_names,
    "runs.docx": a_paragraph_of_many_runs,
    "lists.jsonl": many_lists,
    "space.pdf": a_page_of_white_space,
    "columns.csv": many_columns,
}
QUESTIONS: Mapping[str, Callable[[], bytes]] = {
    "far.xlsx": a_row_far_below,
    "wide.xlsx": many_wide_rows,
    "texts.xlsx": a_text_in_every_cell,
    "lists.json": many_lists_in_a_document,
}
