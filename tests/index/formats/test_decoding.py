import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.formats.decoding import choose_encoding, declared_codec, decode

ANYWHERE = Path("article.txt")
ENGLISH = "Nursultan stepped down on 19 March 2019.\nTokayev followed him.\n"
RUSSIAN = "Быстрая коричневая лиса прыгает через ленивую собаку. Правительство объявило о новых мерах в понедельник.\n"
FRENCH = "L'été dernier, nous sommes allés à la plage près de Nîmes. Où étiez-vous ? « Ici », dit-elle, déçue.\n"
JAPANESE = "今日は天気がとても良いので、公園へ散歩に行きました。東京の人口は約千四百万人です。\n"
CHINESE = "政府星期一宣布了新的经济措施,这些措施将于下个月生效。北京是中国的首都。\n"
TURKISH = "Hükümet pazartesi günü ekonomi için yeni önlemler açıkladı. Şirketler çağrı yaptı.\n"
GREEK = "Η κυβέρνηση ανακοίνωσε τη Δευτέρα νέα μέτρα για την οικονομία της χώρας.\n"
KOREAN = "정부는 월요일에 새로운 경제 조치를 발표했다. 서울은 대한민국의 수도이다.\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    "text", [ENGLISH, RUSSIAN, JAPANESE, "👩‍💻 e\u0301 مرحبا \U00020000\n"], ids=["en", "ru", "ja", "rare"]
)
def test_unicode_files_give_their_text_without_the_byte_order_mark(codec: str, text: str) -> None:
    assert decode(text.encode(codec), ANYWHERE) == text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN], ids=["en", "ru"])
def test_wide_encodings_are_known_without_a_byte_order_mark(codec: str, text: str) -> None:
    assert decode(text.encode(codec), ANYWHERE) == text


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", RUSSIAN),
        ("koi8_r", RUSSIAN),
        ("cp1252", FRENCH),
        ("cp1253", GREEK),
        ("cp1254", TURKISH),
        ("shift_jis", JAPANESE),
        ("euc_jp", JAPANESE),
        ("iso2022_jp", JAPANESE),
        ("gb18030", CHINESE),
        ("euc_kr", KOREAN),
    ],
)
def test_legacy_encodings_are_guessed_from_a_sentence(codec: str, text: str) -> None:
    assert decode(text.encode(codec), ANYWHERE) == text


def test_a_declared_encoding_is_believed_before_a_guess() -> None:
    assert decode("Zażółć".encode("iso8859_2"), ANYWHERE, declared="iso8859_2") == "Zażółć"


def test_a_declared_encoding_that_does_not_fit_is_not_believed() -> None:
    assert decode(JAPANESE.encode("shift_jis"), ANYWHERE, declared="cp1252") == JAPANESE


def test_valid_utf8_is_believed_before_a_declared_encoding() -> None:
    assert decode("Zażółć".encode(), ANYWHERE, declared="cp1252") == "Zażółć"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ISO-8859-1", "cp1252"),
        ("gb2312", "gb18030"),
        ("Shift_JIS", "cp932"),
        ("utf-8", None),
        ("base64", None),
        ("unicode_escape", None),
        ("x", None),
    ],
)
def test_a_declared_name_means_what_browsers_take_it_for(label: str, codec: str | None) -> None:
    assert declared_codec(label) == codec


def test_utf8_with_one_broken_byte_loses_that_character_only() -> None:
    assert decode(RUSSIAN.encode() + b"\xff end", ANYWHERE) == RUSSIAN + "\ufffd end"


def test_every_line_end_becomes_a_line_feed() -> None:
    assert decode(b"one\r\ntwo\rthree\nfour\r\r\nfive", ANYWHERE) == "one\ntwo\nthree\nfour\n\nfive"


def test_other_line_separators_are_the_authors() -> None:
    assert decode("a\u2028b\x85c\x0bd\x0ce".encode(), ANYWHERE) == "a\u2028b\x85c\x0bd\x0ce"


def test_a_few_stray_nuls_are_removed() -> None:
    assert decode(b"a\x00b" + b"c" * 200, ANYWHERE) == "ab" + "c" * 200


@pytest.mark.parametrize(
    "raw", [b"abc\x00def" * 3, bytes(range(256)) * 4, b"\x00" * 64], ids=["nuls", "all bytes", "zeros"]
)
def test_binary_data_is_refused(raw: bytes) -> None:
    with pytest.raises(SourceError, match=r"^article\.txt: is not text but binary data; give one of"):
        decode(raw, ANYWHERE)


def test_a_file_that_breaks_off_in_its_encoding_is_refused_by_name_and_place() -> None:
    with pytest.raises(SourceError, match=r"is not valid utf-16 at byte \d+; save it again as UTF-8$"):
        decode(ENGLISH.encode("utf-16") + b"x", ANYWHERE)


def test_half_a_surrogate_pair_is_never_let_in() -> None:
    with pytest.raises(SourceError):
        decode(codecs.BOM_UTF16_LE + "a\ud83d".encode("utf-16-le", "surrogatepass"), ANYWHERE)


def test_a_character_cut_by_the_end_of_a_sample_does_not_change_the_encoding() -> None:
    assert choose_encoding("né".encode()[:-1], ANYWHERE, whole=False).codec == "utf-8"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Cc"]) | st.just("\n")))
def test_any_utf8_text_comes_back_to_the_character(text: str) -> None:
    assert decode(text.encode("utf-8-sig"), ANYWHERE) == text


@given(st.binary(max_size=300))
def test_any_bytes_give_storable_text_or_a_source_error(raw: bytes) -> None:
    try:
        text = decode(raw, ANYWHERE)
    except SourceError as error:
        text = str(error).replace("\n", "\x00")
    assert not {"\x00", "\r"} & set(text)
    assert text.encode("utf-8").decode("utf-8") == text
