"""Models that a user names: tiny ones with random weights, made on the spot, so that nothing is downloaded.

Not marked ``model``: a few dozen weights take no time; what takes seconds is
importing transformers, once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import ModelUnavailableError
from qa.readers.span_scores import TokenScores
from qa.readers.transformers import CrossEncoderModel, TransformersSpanModel

pytestmark = pytest.mark.slow

QUESTION = "what is tea"
TEXTS = ("tea is a drink", "the river is long and the tea is a drink of the river", "tea")
MOST_TOKENS = 48

# Their places are their token ids.
SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
SPECIAL_BYTES = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}
WORDS = [*SPECIAL.values(), *"what is tea the river a drink of long and water ##s 茶 🙂 ? .".split()]
SHAPE: dict[str, Any] = {"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 16, "intermediate_size": 16}
DISTILBERT_SHAPE: dict[str, Any] = {"n_layers": 1, "n_heads": 2, "dim": 16, "hidden_dim": 16}


def save_word_pieces(folder: Path, *, types: bool = True) -> None:
    """Save a tokenizer of words like BERT's, or without types like DistilBERT's."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(WORDS)}, unk_token=WORDS[1]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    inputs = ["input_ids", "token_type_ids", "attention_mask"] if types else ["input_ids", "attention_mask"]
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, **SPECIAL)  # type: ignore[no-untyped-call]  # theirs
    wrapped.save_pretrained(folder)


def save_bytes(folder: Path) -> None:
    """Save a tokenizer of bytes like RoBERTa's, with one merge, whose offsets hold the space before a word."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = [*SPECIAL_BYTES.values(), *sorted(pre_tokenizers.ByteLevel.alphabet()), "Ġt"]
    tokenizer = Tokenizer(models.BPE({letter: n for n, letter in enumerate(letters)}, [("Ġ", "t")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL_BYTES)  # type: ignore[no-untyped-call]  # theirs
    wrapped.save_pretrained(folder)


def save_model(folder: Path, make: Callable[[], Any]) -> None:
    import torch

    torch.manual_seed(7)
    model = make()
    with torch.no_grad():
        for weights in model.parameters():
            weights.normal_()  # the usual 0.02 would give scores that no test can tell apart
    model.save_pretrained(folder)


def bert(task: str, **settings: Any) -> Any:
    import transformers

    config = transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=MOST_TOKENS, **SHAPE, **settings)
    return getattr(transformers, f"Bert{task}")(config)


def distilbert() -> Any:
    import transformers

    config = transformers.DistilBertConfig(
        vocab_size=len(WORDS), max_position_embeddings=MOST_TOKENS, **DISTILBERT_SHAPE
    )
    return transformers.DistilBertForQuestionAnswering(config)


def roberta() -> Any:
    import transformers

    config = transformers.RobertaConfig(
        vocab_size=261, max_position_embeddings=MOST_TOKENS + 2, type_vocab_size=1, pad_token_id=1, **SHAPE
    )
    return transformers.RobertaForQuestionAnswering(config)


def save_reader(folder: Path, kind: str) -> Path:
    if kind == "roberta":
        save_bytes(folder)
    else:
        save_word_pieces(folder, types=kind == "bert")
    save_model(
        folder, {"bert": lambda: bert("ForQuestionAnswering"), "distilbert": distilbert, "roberta": roberta}[kind]
    )
    return folder


@pytest.fixture(scope="module", params=["bert", "distilbert", "roberta"])
def reader_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a question-answering model of each kind."""
    return save_reader(tmp_path_factory.mktemp(str(request.param)), str(request.param))


@pytest.fixture(scope="module")
def bert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_reader(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="module")
def roberta_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_reader(tmp_path_factory.mktemp("roberta"), "roberta")


def places(scores: TokenScores) -> list[tuple[int, int]]:
    return list(zip(scores.starts.tolist(), scores.ends.tolist(), strict=True))


def assert_same(found: TokenScores, expected: TokenScores) -> None:
    assert found.begin == pytest.approx(expected.begin, abs=1e-4)
    assert found.end == pytest.approx(expected.end, abs=1e-4)
    assert places(found) == places(expected)
    assert found.silent == pytest.approx(expected.silent, abs=1e-4)


def own_logits(folder: Path, question: str, text: str) -> tuple[Any, Any]:
    """Return what transformers itself gives for one pair, for all of its tokens."""
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(folder)
    inputs = AutoTokenizer.from_pretrained(folder)(question, text, return_tensors="pt")
    with torch.inference_mode():
        output = model.eval()(**inputs)
    return output.start_logits[0].numpy(), output.end_logits[0].numpy()


class TestEveryKindOfReader:
    def test_the_scores_of_the_passages_tokens_are_what_transformers_gives(self, reader_folder: Path) -> None:
        (found,) = TransformersSpanModel(str(reader_folder)).score(QUESTION, ["tea"])
        begin, end = own_logits(reader_folder, QUESTION, "tea")
        last = len(begin) - 1  # behind the passage stands one token of the model's own
        assert found.begin == pytest.approx(begin[last - len(found.begin) : last], abs=1e-4)
        assert found.end == pytest.approx(end[last - len(found.end) : last], abs=1e-4)
        assert found.silent == pytest.approx(float(begin[0] + end[0]), abs=1e-4)
        assert found.answers is None

    def test_a_batch_gives_the_scores_of_its_texts_one_by_one(self, reader_folder: Path) -> None:
        model = TransformersSpanModel(str(reader_folder))
        for found, text in zip(model.score(QUESTION, TEXTS), TEXTS, strict=True):
            assert_same(found, model.score(QUESTION, [text])[0])

    def test_texts_that_differ_have_scores_that_differ(self, reader_folder: Path) -> None:
        first, second, _ = TransformersSpanModel(str(reader_folder)).score(QUESTION, TEXTS)
        assert abs(first.silent - second.silent) > 0.01

    def test_a_text_too_long_is_read_as_far_as_the_model_goes(self, reader_folder: Path) -> None:
        (found,) = TransformersSpanModel(str(reader_folder)).score("tea", ["tea " * 100])
        question_and_frame = 3 + 4 if reader_folder.name.startswith("roberta") else 1 + 3
        assert len(found.begin) == MOST_TOKENS - question_and_frame
        assert found.starts[0] == 0

    def test_a_long_question_leaves_most_of_the_model_to_the_text(self, reader_folder: Path) -> None:
        (found,) = TransformersSpanModel(str(reader_folder)).score("tea " * 500, ["tea " * 100])
        assert len(found.begin) >= MOST_TOKENS // 2

    def test_no_texts_give_no_scores(self, reader_folder: Path) -> None:
        assert list(TransformersSpanModel(str(reader_folder)).score(QUESTION, [])) == []

    @pytest.mark.parametrize("text", ["", "  \n "], ids=["empty", "white space"])
    def test_a_text_without_words_has_no_tokens_and_is_silent(self, reader_folder: Path, text: str) -> None:
        (found,) = TransformersSpanModel(str(reader_folder)).score(QUESTION, [text])
        assert places(found) == []
        assert found.begin.shape == found.end.shape == (0,)
        assert np.isfinite(found.silent)

    def test_threads_may_ask_at_the_same_time(self, reader_folder: Path) -> None:
        model = TransformersSpanModel(str(reader_folder))
        expected = [model.score(QUESTION, [text])[0] for text in TEXTS]
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda n: model.score(QUESTION, [TEXTS[n % 3]])[0], range(24)))
        for position, each in enumerate(found):
            assert_same(each, expected[position % 3])


def test_places_count_code_points_also_behind_emoji_and_other_scripts(bert_folder: Path) -> None:
    (found,) = TransformersSpanModel(str(bert_folder)).score(QUESTION, ["🙂 茶 is Teas"])
    assert places(found) == [(0, 1), (2, 3), (4, 6), (7, 10), (10, 11)]


def test_each_byte_of_a_character_stands_where_the_character_does(roberta_folder: Path) -> None:
    (found,) = TransformersSpanModel(str(roberta_folder)).score("?", ["🙂茶a"])
    assert places(found) == [(0, 1)] * 4 + [(1, 2)] * 3 + [(2, 3)]


def test_the_space_before_a_word_is_not_part_of_it(roberta_folder: Path) -> None:
    (found,) = TransformersSpanModel(str(roberta_folder)).score("?", ["a tb  c"])
    assert places(found) == [(0, 1), (2, 3), (3, 4), (6, 7)]  # a, " t", b, and c behind tokens of white space


def test_a_model_that_tells_question_and_passage_apart_by_types_is_given_them(tmp_path: Path) -> None:
    save_model(tmp_path, lambda: bert("ForQuestionAnswering"))
    save_word_pieces(tmp_path)
    (with_types,) = TransformersSpanModel(str(tmp_path)).score(QUESTION, ["tea"])
    save_word_pieces(tmp_path, types=False)
    (without,) = TransformersSpanModel(str(tmp_path)).score(QUESTION, ["tea"])
    assert abs(with_types.silent - without.silent) > 0.01


def test_a_text_that_writes_a_special_token_has_said_just_that(bert_folder: Path) -> None:
    (found,) = TransformersSpanModel(str(bert_folder)).score(QUESTION, ["tea [SEP] is"])
    assert places(found) == [(0, 3), (4, 5), (5, 8), (8, 9), (10, 12)]


def test_the_fingerprint_names_the_folder_and_its_weights(bert_folder: Path, tmp_path: Path) -> None:
    name, _, digest = TransformersSpanModel(str(bert_folder)).fingerprint.partition("@")
    assert (name, len(digest)) == (bert_folder.name, 16)
    save_word_pieces(tmp_path)
    save_model(tmp_path, lambda: bert("ForQuestionAnswering", initializer_range=1.0))
    assert TransformersSpanModel(str(tmp_path)).fingerprint.endswith(f"@{digest}")
    save_model(tmp_path, distilbert)
    assert not TransformersSpanModel(str(tmp_path)).fingerprint.endswith(f"@{digest}")


def test_nothing_is_printed_while_a_model_is_loaded(bert_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    TransformersSpanModel(str(bert_folder)).score(QUESTION, TEXTS)
    assert capfd.readouterr() == ("", "")


def test_importing_the_module_and_naming_models_loads_no_framework() -> None:
    program = (
        "import sys; from qa.readers.transformers import CrossEncoderModel, TransformersSpanModel;"
        "TransformersSpanModel('no-such'); CrossEncoderModel('no-such').score('?', []);"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


class TestWhatCannotBeUsed:
    @pytest.mark.parametrize("name", ["./no/such/model", "~/no/such/model"])
    def test_a_missing_folder_is_an_error(self, name: str) -> None:
        message = rf"there is no folder '{name}'; give a path or a hub name$"
        with pytest.raises(ModelUnavailableError, match=f"^reader model: {message}"):
            TransformersSpanModel(name).score(QUESTION, TEXTS)
        with pytest.raises(ModelUnavailableError, match=f"^reader model: {message}"):
            _ = TransformersSpanModel(name).fingerprint
        with pytest.raises(ModelUnavailableError, match=f"^reranker model: {message}"):
            CrossEncoderModel(name).score(QUESTION, TEXTS)

    def test_a_hub_that_cannot_be_reached_is_an_error_of_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(
            ModelUnavailableError, match=r"^reader model 'no/such' cannot be loaded \(.*\); set reading"
        ):
            TransformersSpanModel("no/such").score(QUESTION, TEXTS)
        with pytest.raises(
            ModelUnavailableError, match=r"^reader model 'no/such' cannot be loaded \(.*\); set reading"
        ):
            _ = TransformersSpanModel("no/such").fingerprint
        with pytest.raises(ModelUnavailableError, match=r"^reranker model 'no/such' cannot be loaded \(.*\); set read"):
            CrossEncoderModel("no/such").score(QUESTION, TEXTS)

    def test_weights_in_a_format_that_can_hold_code_are_refused(self, bert_folder: Path, tmp_path: Path) -> None:
        for file in bert_folder.iterdir():
            if file.suffix != ".safetensors":
                (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / "pytorch_model.bin").write_bytes(b"pickled")
        for model in (TransformersSpanModel(str(tmp_path)), CrossEncoderModel(str(tmp_path))):
            with pytest.raises(ModelUnavailableError, match=r"holds no \*\.safetensors, the only format .*; save the"):
                model.score(QUESTION, TEXTS)

    def test_a_folder_that_holds_no_model_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "model.safetensors").write_bytes(b"not weights")
        with pytest.raises(
            ModelUnavailableError, match=r"cannot be loaded \(.*\); set reading.model to a local folder"
        ):
            TransformersSpanModel(str(tmp_path)).score(QUESTION, TEXTS)
        with pytest.raises(ModelUnavailableError, match=r"cannot be loaded \(.*\); set reading.reranker to a local"):
            CrossEncoderModel(str(tmp_path)).score(QUESTION, TEXTS)

    @pytest.mark.parametrize("task", ["Model", "ForSequenceClassification"])
    def test_a_model_that_answers_no_questions_is_refused(
        self, tmp_path: Path, task: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        save_word_pieces(tmp_path)
        save_model(tmp_path, lambda: bert(task))
        capfd.readouterr()
        with pytest.raises(
            ModelUnavailableError, match=r"is not a question-answering model: it has no weights for 'qa_outputs.bias'"
        ):
            TransformersSpanModel(str(tmp_path)).score(QUESTION, TEXTS)
        assert capfd.readouterr() == ("", "")

    def test_a_tokenizer_that_does_not_know_where_tokens_stand_is_refused(self, tmp_path: Path) -> None:
        from transformers import CanineTokenizer

        CanineTokenizer().save_pretrained(tmp_path)  # type: ignore[no-untyped-call]  # theirs
        save_model(tmp_path, lambda: bert("ForQuestionAnswering"))
        with pytest.raises(ModelUnavailableError, match=r"has no fast tokenizer, .* a model with a tokenizer.json$"):
            TransformersSpanModel(str(tmp_path)).score(QUESTION, TEXTS)

    def test_code_that_comes_with_a_model_is_not_run(self, bert_folder: Path, tmp_path: Path) -> None:
        for file in bert_folder.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w')\n", "utf-8")
        kinds = ("AutoConfig", "AutoModelForQuestionAnswering", "AutoModelForSequenceClassification")
        own = {"model_type": "own", "auto_map": dict.fromkeys(kinds, "own.Own")}
        (tmp_path / "config.json").write_text(json.dumps(own), "utf-8")
        for model in (TransformersSpanModel(str(tmp_path)), CrossEncoderModel(str(tmp_path))):
            with pytest.raises(ModelUnavailableError, match="cannot be loaded"):
                model.score(QUESTION, TEXTS)
        assert not (tmp_path / "was-run").exists()

    @pytest.mark.parametrize("package", ["transformers", "torch"])
    def test_a_package_that_is_missing_is_an_error_with_the_pip_line(
        self, bert_folder: Path, monkeypatch: pytest.MonkeyPatch, package: str
    ) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ModelUnavailableError, match=r"is not installed \(.*\); run: pip install sentence-tr"):
            TransformersSpanModel(str(bert_folder)).score(QUESTION, TEXTS)

    def test_a_reranker_without_its_package_is_an_error_with_the_pip_line(
        self, bert_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "sentence_transformers", None)
        with pytest.raises(ModelUnavailableError, match=r"is not installed \(.*\); run: pip install sentence-tr"):
            CrossEncoderModel(str(bert_folder)).score(QUESTION, TEXTS)

    def test_a_model_with_several_scores_a_pair_is_no_reranker(self, tmp_path: Path) -> None:
        save_word_pieces(tmp_path)
        save_model(tmp_path, lambda: bert("ForSequenceClassification", num_labels=3))
        with pytest.raises(
            ModelUnavailableError, match=r"is no reranker: it gives 3 scores a pair; set reading.rerank"
        ):
            CrossEncoderModel(str(tmp_path)).score(QUESTION, TEXTS)

    @pytest.mark.parametrize("task", ["Model", "ForMaskedLM"])
    def test_a_model_without_a_trained_score_is_no_reranker(self, tmp_path: Path, task: str) -> None:
        save_word_pieces(tmp_path)
        save_model(tmp_path, lambda: bert(task, num_labels=1))
        with pytest.raises(ModelUnavailableError, match=rf"is no reranker: a Bert{task} has no weights that score a"):
            CrossEncoderModel(str(tmp_path)).score(QUESTION, TEXTS)


class TestCrossEncoder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        save_word_pieces(tmp_path)
        save_model(tmp_path, lambda: bert("ForSequenceClassification", num_labels=1))
        return tmp_path

    def own_scores(self, folder: Path, texts: Sequence[str]) -> list[float]:
        """Return what transformers itself gives, pair by pair."""
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder)
        with torch.inference_mode():
            return [model(**tokenizer(QUESTION, text, return_tensors="pt")).logits.item() for text in texts]

    def test_a_text_has_the_logit_that_the_model_gives(self, folder: Path) -> None:
        scores = CrossEncoderModel(str(folder)).score(QUESTION, TEXTS)
        assert scores == pytest.approx(self.own_scores(folder, TEXTS), abs=1e-4)
        assert len(set(scores)) == len(TEXTS)

    def test_a_text_too_long_is_read_as_far_as_the_model_goes(self, folder: Path) -> None:
        assert np.isfinite(CrossEncoderModel(str(folder)).score(QUESTION, ["tea " * 100])).all()

    def test_no_texts_give_no_scores(self, folder: Path) -> None:
        assert list(CrossEncoderModel(str(folder)).score(QUESTION, [])) == []

    def test_nothing_is_printed_while_it_is_loaded(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        capfd.readouterr()
        CrossEncoderModel(str(folder)).score(QUESTION, TEXTS)
        assert capfd.readouterr() == ("", "")
