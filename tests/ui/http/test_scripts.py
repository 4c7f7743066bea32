"""Scripts of a page, joined from modules: each once, behind what it imports, and no name twice."""

from __future__ import annotations

from pathlib import Path

import pytest

import ui
from index.errors import ConfigurationError
from ui.http.scripts import joined

UI = Path(ui.__path__[0])
ENTRIES = ("chat/static/head.js", "chat/static/main.js", "evaluate/static/early.js", "evaluate/static/runs.js")


def written(folder: Path, modules: dict[str, str]) -> Path:
    for name, text in modules.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "main.js"


def test_a_module_stands_behind_what_it_imports_and_each_stands_once(tmp_path: Path) -> None:
    modules = {
        "main.js": 'import { a } from "./a.js";\nimport {\n  b,\n} from "./shared/b.js";\n\nuse(a, b);\n',
        "a.js": 'import { b } from "./shared/b.js";\nimport "./shared/c.js";\nexport const a = b;\n',
        "shared/b.js": "export async function b() {}\nexport class B {}\n",
        "shared/c.js": 'heard("export const x");\n',
    }
    text = "async function b() {}\nclass B {}\n\n" + 'heard("export const x");\n\n' + "const a = b;\n\nuse(a, b);\n"
    assert joined(written(tmp_path, modules)) == text


def test_a_script_without_imports_is_as_it_stands(tmp_path: Path) -> None:
    assert joined(written(tmp_path, {"main.js": "export {};\n"})) == "export {};\n"


def test_a_name_that_two_modules_declare_is_refused(tmp_path: Path) -> None:
    modules = {"main.js": 'import { a } from "./a.js";\nlet silence = a;\n', "a.js": "export let a, b;\nlet silence;\n"}
    with pytest.raises(ConfigurationError, match=r"main\.js: silence is declared in .*a\.js too"):
        joined(written(tmp_path, modules))


def test_modules_that_need_each_other_are_refused(tmp_path: Path) -> None:
    modules = {"main.js": 'import { a } from "./a.js";\n', "a.js": 'import { b } from "./main.js";\n'}
    with pytest.raises(ConfigurationError, match=r"main\.js and .*a\.js need each other"):
        joined(written(tmp_path, modules))


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_page_has_all_of_its_script(entry: str) -> None:
    lines = joined(UI / entry).splitlines()
    assert [line for line in lines if line.startswith(("import ", "export "))] == []
