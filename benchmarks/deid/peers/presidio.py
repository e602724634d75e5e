"""Presidio's analyzer without a language model: its predefined patterns, and optionally what a careful user adds.

    python presidio.py [--deny-list] < records.jsonl > answers.jsonl

``--deny-list`` adds a list of the record's own identifiers to deny, and patterns of more dates and of record numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import tldextract.tldextract as top_level
from filter import Known, Span, main, words
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngineProvider

THRESHOLD = 0.4

# Invented texts use the domains that RFC 2606 reserves; Presidio drops an address whose domain is in no public list.
top_level.TLD_EXTRACTOR = top_level.TLDExtract(suffix_list_urls=(), extra_suffixes=("example", "invalid", "test"))

MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DATES = (
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?[ -](?:of )?{MONTHS}(?:,?[ -]\d{{2,4}})?\b",
    rf"\b{MONTHS} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b",
    rf"\b{MONTHS},? \d{{4}}\b",
    r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b",
    r"\b\d{4}[/.-]\d{1,2}[/.-]\d{1,2}\b",
    r"\b\d{1,2}/\d{4}\b",
)
RECORD_NUMBERS = (
    r"\b(?:MRN|MR|record|chart|account|acct|accession)(?: (?:no|number))?[ .:#]*[A-Z]{0,3}-?\d[\d-]{4,}\b",
    r"\b\d{7,8}\b",
)


def recognizers() -> list[EntityRecognizer]:
    """Return recognizers of more dates and of record numbers."""
    return [
        PatternRecognizer(entity, name=entity, patterns=[Pattern(entity, pattern, 0.6) for pattern in patterns])
        for entity, patterns in (("DATE", DATES), ("RECORD_NUMBER", RECORD_NUMBERS))
    ]


def engine() -> AnalyzerEngine:
    """Return an analyzer that loads no model: the recognizer that needs one is left out."""
    configuration = {"nlp_engine_name": "no_op", "models": [{"lang_code": "en", "model_name": ""}]}
    nlp = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(nlp_engine=nlp)
    if any(recognizer.name == "SpacyRecognizer" for recognizer in registry.recognizers):
        registry.remove_recognizer("SpacyRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=nlp)


def by_patterns(analyzer: AnalyzerEngine, text: str, more: list[EntityRecognizer]) -> Iterator[Span]:
    """Find what the analyzer and ``more`` recognizers of this text find."""
    results = analyzer.analyze(text, language="en", score_threshold=THRESHOLD, ad_hoc_recognizers=more)
    return ((result.start, result.end, result.entity_type) for result in results)


def deny(known: Known) -> list[EntityRecognizer]:
    """Return a recognizer of the record's own identifiers: whole values, and the words of names."""
    values = {value for column in known.values() for value in column} | words(known)
    if not values:
        return []
    return [PatternRecognizer("KNOWN", name="known", deny_list=sorted(values, key=lambda value: (-len(value), value)))]


if __name__ == "__main__":
    analyzer = engine()
    if "--deny-list" in sys.argv[1:]:
        for recognizer in recognizers():
            analyzer.registry.add_recognizer(recognizer)
        main(lambda text, known: by_patterns(analyzer, text, deny(known)))
    else:
        main(lambda text, _: by_patterns(analyzer, text, []))
