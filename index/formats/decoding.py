r"""Bytes to text: encodings, byte order marks, NULs, line ends.

The canonical text of a file is what its author wrote, with two changes and no
more: ``\r\n`` and a lone ``\r`` become ``\n``, and stray NULs are removed. There
is no normalisation, no trimming, no lower-casing. The order of belief about
the encoding: byte order mark, strict UTF-8, what the file declares about itself,
and last a statistical guess.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from index.errors import SourceError
from index.formats.files import SUPPORTED, source_error

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 20
_STRAY_SHARE = 0.01  # up to one control character in a hundred is dirt in a text, more is not text
_UTF32_SHARE = 0.45  # two bytes of four are NUL in any character of the basic plane
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B][^\x1b]+\x1b\([BJ]")
# A page that says Latin-1 means Windows-1252, and so on: what browsers do.
# Source: WHATWG Encoding Standard, section 4.2.
_DECLARED_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
# Where the guess is a tie, the code page that texts of the language really came in.
_CENTRAL_EUROPE = ("Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Croatian", "Slovene")
_CODE_PAGE_OF = {"Turkish": "cp1254"} | dict.fromkeys(_CENTRAL_EUROPE, "cp1250")


class Encoding(NamedTuple):
    """A codec and what it does with bytes that it cannot decode."""

    codec: str
    errors: Literal["strict", "replace"] = "strict"


def decode(raw: bytes, path: Path, *, declared: str | None = None) -> str:
    """Return the canonical text of a whole file.

    Raises:
        SourceError: it is not text, or breaks off in its own encoding.
    """
    encoding = choose_encoding(raw, path, declared=declared)
    try:
        text = raw.decode(encoding.codec, encoding.errors)
    except UnicodeDecodeError as error:
        what = f"is not valid {encoding.codec} at byte {error.start}"
        raise source_error(path, what, "save it again as UTF-8") from error
    if _share_of_controls(text) > _STRAY_SHARE:
        raise not_text(path)
    return canonical_newlines(text.replace("\x00", ""))


def canonical_newlines(text: str) -> str:
    r"""Return text whose line ends are all ``\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def choose_encoding(raw: bytes, path: Path, *, declared: str | None = None, whole: bool = True) -> Encoding:
    """Tell how to decode a file from its bytes, or from its first bytes where ``whole`` is false."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return Encoding(codec)
    unmarked = _unmarked_wide_encoding(raw)
    if unmarked:
        return Encoding(unmarked)
    try:
        _decode_part(raw, "utf-8", whole=whole)
    except UnicodeDecodeError as error:
        return _legacy_encoding(raw, error.start, path, declared)
    return Encoding("iso2022_jp" if _ISO_2022_JP.search(raw[:_SAMPLE_BYTES]) else "utf-8")


def not_text(path: Path) -> SourceError:
    """Word the refusal of a binary file of no known kind."""
    return source_error(path, "is not text but binary data", f"give one of: {SUPPORTED}")


def _decode_part(raw: bytes, codec: str, *, whole: bool) -> str:
    """Decode strictly; a character cut off by the end of a part is no error."""
    return codecs.getincrementaldecoder(codec)().decode(raw, whole)


def _decodes(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_wide_encoding(raw: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 that carry no mark by where their NULs stand."""
    sample = raw[:_SAMPLE_BYTES]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    share = (even + odd) / max(len(sample), 1)
    order = "le" if odd >= even else "be"
    candidates = [f"utf-32-{order}"] if share > _UTF32_SHARE else []
    if share > _STRAY_SHARE and 10 * min(even, odd) <= max(even, odd):
        candidates.append(f"utf-16-{order}")
    for codec in candidates:
        try:
            text = _decode_part(sample, codec, whole=False)
        except UnicodeDecodeError:
            continue
        meaningless = sum(unicodedata.category(character) in ("Cn", "Co") for character in text[:10_000])
        if text and _share_of_controls(text) <= _STRAY_SHARE and meaningless <= 100:
            return codec
    return None


def _legacy_encoding(raw: bytes, fault: int, path: Path, declared: str | None) -> Encoding:
    """Choose for bytes that are not UTF-8; ``fault`` is the first that is not."""
    if _is_damaged_utf8(raw):
        return Encoding("utf-8", "replace")
    if declared and _decodes(raw, declared):
        return Encoding(declared)
    begin = raw.rfind(b"\n", 0, fault) + 1
    sample = raw[begin : begin + _SAMPLE_BYTES] if len(raw) > _SAMPLE_BYTES else raw
    from charset_normalizer import from_bytes  # here: few texts are in an old encoding, and asking reads none

    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        raise not_text(path)
    tied = [m for m in matches if (m.chaos, m.coherence) == (best.chaos, best.coherence)]
    return Encoding(min(tied, key=_rarity).encoding)


def _rarity(match: CharsetMatch) -> tuple[bool, bool, str]:
    at_home = match.encoding == _CODE_PAGE_OF.get(match.language)
    return not at_home, match.encoding != "cp1252", match.encoding


def _is_damaged_utf8(raw: bytes) -> bool:
    """Tell UTF-8 with a few broken bytes from another encoding, where UTF-8 sequences are chance."""
    text = raw.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    beyond_ascii = sum(map(len, re.findall(r"[^\x00-\x7f\ufffd]+", text)))
    return beyond_ascii >= 10 * broken


def _share_of_controls(text: str) -> float:
    sample = text[:_SAMPLE_BYTES]
    return len(_CONTROLS.findall(sample)) / max(len(sample), 1)


def declared_codec(label: str) -> str | None:
    """Return the codec that a declared encoding name means, or None for an unknown or useless name."""
    try:
        name = codecs.lookup(label).name
        "".encode(name)  # names such as base64 are codecs, but not of text
    except (LookupError, ValueError):
        return None
    # The bytes have already shown that it is no Unicode form; escapes and host names are no text.
    if name.startswith(("utf", "unicode", "raw", "idna", "punycode")):
        return None
    return _DECLARED_AS.get(name, name)
