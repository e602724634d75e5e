"""The forms in which people write quantities: patterns over classes, and what each number in them is.

The first form that fits at a place is taken. A role is a letter for each number of the form, in order: ``D`` total dose,
``d`` dose per fraction, ``n`` fractions, ``A`` activity, ``E`` energy, ``q`` times a week; ``-`` counts for nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.vocabulary.regimen.lexicon import pattern


class Form(NamedTuple):
    """A form: its pattern, the roles of its numbers, and its name where the numbers belong together in some way.

    Attributes
    ----------
    roles
        The last role holds for all further numbers.
    name
        ``bare``: no unit says that it is a dose, so that size and place must. ``list``, ``range``, ``rise``,
        ``progress``: several doses, as in 66/60/54 Gy, 40-45 Gy, 50.4 → 59.4 Gy, 36 of 60 Gy. ``single``: one fraction.
    """

    pattern: str
    roles: str = ""
    name: str = ""


_GY = "gray (?: open? rbe close? )?"
_FX = "[fraction visit]"
_FILL = "[freq word article modality technique of prior equals tilde number_of irradiation rt zone dash]"
_JOIN = "[in slash at with comma dash open colon total dose word article of equals tilde single per to prior number_of]"
_UNIT = "[gray mv mev kv time length percent slash mass cycle activity limited week beam rbe isotope]"
_COUNT = f"number (?: [dash to] number )? {_FILL}{{0,3}} {_FX}"
_LIST_COUNT = f"(?: {_JOIN}{{0,3}} {_COUNT} )?"
_ONCE = f"(?: [per slash article] {_FX} )?"

FORMS = (
    # ---- numbers that are no dose
    Form("number [slash dash] number [slash dash] [number code] (?! gray )"),
    Form("volume number [gray percent length word]{0,2} (?: [^number stop comma]{0,4}? number [gray percent] )?"),
    Form(f"limit [^stop]{{0,9}}? number {_GY} (?! [in slash] {_COUNT} )"),
    Form(f"less article? number {_GY}"),
    Form("number gray [word article at]? limited"),
    Form("number (?: times number ){1,2} length"),
    Form("number mass (?: slash word number? )? (?: freq | word ){0,1} (?: times number cycle? )?"),
    Form(
        "[cycle limited] [word colon of equals dash ptv]? number (?: [plus equals dash slash] number )* (?! [gray mv mev kv fraction beam fff times] )"
    ),
    Form("number (?: times | fraction | visit | time )? [per slash article] time", "q"),
    Form("number [times fraction visit] freq (?! fraction )", "q"),
    Form("number (?: [dash to] number )? [length mass percent time cycle] (?! slash [number] )"),
    Form("vertebra number (?: [dash to slash] vertebra? number )?"),
    # ---- energies
    Form("number (?: [slash and dash] number )* mv dash? fff?", "E"),
    Form("number (?: [slash and dash] number )* mev", "E"),
    Form("number kv", "E"),
    Form(
        "number [times beam] dash? fff? (?! number ) (?= [comma stop close then and at boost modality technique plus slash dash word in cycle to freq code] | $ )",
        "E",
    ),
    Form("number fff", "E"),
    Form("[isotope iodine] dash? number (?! gray )", "E"),
    Form("number isotope", "E"),
    # ---- activities
    Form("number activity (?: times number | [in at] number [cycle fraction visit] )?", "An"),
    # ---- delivered of planned
    Form(
        f"number {_FILL}{{0,1}} [of slash] [article prior total word]{{0,3}} number {_FILL}{{0,3}} {_FX}",
        "nn",
        "progress",
    ),
    Form("fraction number [of slash] number", "nn", "progress"),
    Form(f"number {_FX} to number", "nn", "progress"),
    Form(f"number (?: {_GY} )? of (?: [article total prior word] ){{0,3}} number {_GY}", "DD", "progress"),
    # ---- dose per fraction with number
    Form(f"number [dash to] number {_GY} times number (?: [dash to] number )?", "ddnn", "range"),
    Form(
        f"number {_GY} {_ONCE} (?: open? freq comma? close? )? times number (?! {_UNIT} ) (?: {_FILL}{{0,2}} {_FX} )? (?: equals number (?: {_GY} )? )?",
        "dnD",
    ),
    Form(f"number (?: {_FILL}{{0,2}} {_FX} )? times number {_GY} {_ONCE} (?: equals number (?: {_GY} )? )?", "ndD"),
    Form(f"{_COUNT} [of at] [article tilde]{{0,2}} number {_GY} {_ONCE} (?: equals number (?: {_GY} )? )?", "ndD"),
    Form(f"[single fraction freq] [dose size] (?: of | colon | equals | word ){{0,2}} number {_GY}", "d", "dose of"),
    Form(f"dose [per slash] {_FX} [of colon equals at word]{{0,2}} number (?: {_GY} )?", "d"),
    Form(f"fraction [of at] number {_GY}", "d"),
    Form(f"number {_GY} at article? number (?: {_GY} )? {_ONCE}", "Dd", "rated"),
    Form(f"number {_GY} (?: open )? [per slash article] dash? (?: freq | single )? (?: {_FX} | time )", "d", "paced"),
    # ---- dose with number of fractions
    Form(f"number {_GY} (?: [comma stop] )? number_of? of? fraction [colon equals of] number", "Dn"),
    Form(
        f"number {_GY} {_JOIN}{{0,4}} {_COUNT} (?: [of at times slash open]{{1,2}} article? number {_GY} {_ONCE} )?",
        "Dnd",
        "counted",
    ),
    Form(f"number {_GY} slash number slash number {_GY} {_ONCE}", "Dnd"),
    Form(f"number {_GY} (?: [freq dash] )? fraction", "d"),
    Form(f"number {_GY} freq", "d", "each"),
    Form("number [per slash] fraction", "d", "each"),
    Form(
        f"number {_GY} (?: [in slash] (?: article | total | of ){{0,3}} | open ) number (?! {_UNIT} | times )",
        "Dn",
        "checked",
    ),
    Form(f"number {_GY} number (?! {_UNIT} | times | number )", "Dn", "checked"),
    # ---- several doses
    Form(f"number [dash to] number {_GY}", "D", "range"),
    Form(f"number {_GY} [dash to] number {_GY}", "D", "range"),
    Form(f"number (?: {_GY} )? arrow number (?: {_GY} )?", "D", "rise"),
    Form(f"number slash number {_GY}", "D", "pair"),
    Form(f"number {_GY} (?: slash number {_GY} )+ {_LIST_COUNT}", "D", "list"),
    Form(f"number (?: slash number )+ {_GY} {_LIST_COUNT}", "D", "list"),
    Form(
        f"number (?: {_GY} )? (?: comma number (?: {_GY} )? )* comma? (?: and | or ) article? number {_GY} {_LIST_COUNT}",
        "D",
        "list",
    ),
    Form(f"number (?: plus number )+ {_GY}", "D", "sum"),
    # ---- single fractions
    Form(f"single number {_GY} (?: fraction | visit | dose )", "D", "single"),
    Form("single [freq irradiation technique modality word dash]{0,2} [fraction visit dose]", "", "single"),
    # ---- one quantity
    Form(f"[single] (?= [to at] )", "", "single"),
    Form(f"number {_GY}", "D"),
    Form(f"number [dash to] number {_FILL}{{0,2}} {_FX}", "n", "range"),
    Form(f"number [low comma]? number {_FX}", "Dn", "bare"),
    Form("number low number (?= low | $ )", "Dn", "bare"),
    Form(f"number slash number (?: {_FX} )? (?! slash | {_UNIT} )", "Dn", "bare"),
    Form(f"number in number (?: {_FX} )? (?! {_UNIT} )", "Dn", "bare"),
    Form(f"number times number (?: {_FX} )? (?: equals number (?: {_GY} )? )? (?! {_UNIT} | times )", "dnD", "bare"),
    Form(f"number {_FILL}{{0,2}} {_FX} (?! [colon equals] number )", "n"),
    Form(
        "fraction [colon equals dash of stop times]{0,4} number (?: [dash slash] number )? (?! [gray mv mev kv percent mass time slash number] )",
        "n",
        "last",
    ),
    Form(
        "[dose total boost ptv] [colon of equals to dash]{0,2} number (?! [gray mv mev kv time length percent slash mass cycle number fraction visit times dash beam] )",
        "D",
        "bare",
    ),
)

_NUMBER = pattern("number")
_PATTERNS = [pattern(form.pattern) for form in FORMS]
_COUNTED = [place for place, form in enumerate(_PATTERNS) if form.startswith(_NUMBER)]
_LED = [place for place, form in enumerate(_PATTERNS) if not form.startswith(_NUMBER)]
ORDER = (*_COUNTED, *_LED)
"""The places of the forms whose groups of ``SCAN`` matched, by the group's number less one."""

# Whatever begins with a number is told apart by what follows it: several times faster than form by form.
_AFTER_NUMBER = "|".join(f"({_PATTERNS[place][1:]})" for place in _COUNTED)
_BEGINNINGS = re.escape("".join({form[1:].partition("]")[0] if form[0] == "[" else form[0] for form in _PATTERNS}))
SCAN = re.compile(
    f"(?=[{_BEGINNINGS}])(?:{_NUMBER}(?:{_AFTER_NUMBER})|" + "|".join(f"({_PATTERNS[place]})" for place in _LED) + ")"
)
"""All forms at once."""

ALONE = tuple(map(re.compile, _PATTERNS))
"""Each form by itself."""
