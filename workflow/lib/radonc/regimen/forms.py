"""The forms in which people write quantities: patterns over classes, and what each number in them is.

At a place of a sentence the first form that fits is taken. A role is a letter for each number of the form, in order:
``D`` total dose, ``d`` dose per fraction (or a total, if it is too large for that), ``e`` dose per fraction beside a
total, ``n`` fractions, ``A`` activity, ``E`` energy, ``q`` times a week or a day; the last one holds for all further
numbers. A form without roles passes over numbers that are no quantity of a regimen.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.regimen.lexicon import pattern


class Form(NamedTuple):
    """A form.

    Attributes
    ----------
    pattern
        In the names of classes.
    roles
        What its numbers are.
    name
        What ``grammar`` must look at, besides the roles, to read it.
    """

    pattern: str
    roles: str = ""
    name: str = ""


_GY = "gray (?: open? rbe close? )?"
_MAYBE_GY = f"(?: {_GY} )?"
_FX = "[fraction visit]"
_FILL = "[freq word article modality technique of prior equals tilde number_of irradiation rt zone dash given]"
_JOIN = "[in slash at with comma dash open colon total dose given word article of equals tilde single per to prior]"
_UNIT = "[gray mv mev kv time length percent slash mass cycle activity limited beam rbe]"
_BY = "[per slash article]"
_ONCE = f"(?: {_BY} {_FX} )?"
_COUNT = f"number (?: [dash to] number )? {_FILL}{{0,3}} {_FX}"
_LIST_COUNT = f"(?: {_JOIN}{{0,3}} {_COUNT} )?"
_SUM = f"(?: equals number {_MAYBE_GY} )?"
_NUMBERED = f"[in slash] number (?! {_UNIT} )"
_DENIED = "[technique irradiation rt modality article single]"
_TIMES = f"(?: times number {_FX}? {_SUM} )?"
_END = "[comma stop bar close then and at with boost modality technique plus slash dash in cycle to freq code low]"

_PASSED = (
    Form("number [slash dash] number [slash dash] [number code] (?! gray )"),
    Form("volume number [gray percent length word]{0,2} (?: [^number stop comma]{0,4}? number [gray percent] )?"),
    Form(f"[limit effective] (?<! [site part] effective ) [^stop]{{0,9}}? number {_GY} (?! {_NUMBERED} )"),
    Form(f"measured [^stop comma number]{{0,5}} number {_MAYBE_GY} (?: versus number {_MAYBE_GY} )? (?! {_NUMBERED} )"),
    Form(
        "[limit effective measured] [^stop comma bar number]{0,4} number"
        " (?! [gray mv kv mev fraction visit times in slash] )"
    ),
    Form(
        f"negative (?: word (?= [technique irradiation rt] ) )? {_DENIED}{{0,3}} number {_MAYBE_GY}"
        f" (?: [slash in times] number {_FX}? )?"
    ),
    Form(f"some (?: of article )? number {_FILL}{{0,2}} {_FX} (?! [of at] number gray )"),
    Form("fraction number given"),
    Form("[time number_of] number of [fraction visit]"),
    Form(f"number length number {_GY}", "D", "hottest"),
    Form(f"number {_GY} (?: effective | open effective close )"),
    Form(f"less article? number {_GY}"),
    Form("number gray [word article at]? limited"),
    Form(f"number {_GY} slash activity"),
    Form("number (?: times number ){1,2} length"),
    Form("number mass (?: slash word number? )? [freq word]? (?: times number cycle? )?"),
    Form(
        "[cycle limited vital] [word colon of equals dash ptv]? number (?: [plus equals dash slash] number ){0,6}"
        " (?! [gray mv mev kv fraction beam fff times nuclide] )"
    ),
    Form("ptv low? number (?! gray )", "D", "named"),
    Form(f"number (?: times | {_FX} | time )? {_BY} time", "q", "frequency"),
    Form("number [times fraction visit time] freq (?! fraction )", "q", "frequency"),
    Form("number (?: [dash to] number )? [length mass percent time cycle] (?! slash number )"),
    Form("[vertebra lumbar] number (?: [dash to] [vertebra lumbar]? number )?"),
)
_ENERGIES = (
    Form("number (?: [slash and dash] number ){0,4} mv dash? fff?", "E", "energy"),
    Form("number (?: [slash and dash] number ){0,4} mev", "E", "energy"),
    Form("number kv", "E", "energy"),
    Form(
        f"number [times beam] (?: slash number [times beam] )? dash? fff? (?! number ) (?= {_END} | $ )", "E", "energy"
    ),
    Form("number fff", "E", "energy"),
)
_ACTIVITIES = (
    Form("number [visit cycle] of number activity", "nA"),
    Form("number activity (?: times number | [in at] number [cycle fraction visit] )?", "An"),
)
_PROGRESS = (
    Form(f"number {_FILL}? [of slash] [article prior total word]{{0,3}} number {_FILL}{{0,3}} {_FX}", "n", "progress"),
    Form("fraction colon? number [of slash] number (?! slash )", "n", "progress"),
    Form(f"number {_FX} to number", "n", "progress"),
    Form(f"number {_MAYBE_GY} of [article total prior word]{{0,3}} number {_GY}", "D", "progress"),
)
_PER_FRACTION = (
    Form(
        f"number {_MAYBE_GY} [dash to] number {_GY} (?: {_BY} [fraction visit time] | freq? fraction | freq )",
        "d",
        "range",
    ),
    Form(
        f"number {_GY} (?: freq | {_BY} {_FX} ) to [article total of dose]{{0,3}} number"
        f" (?! {_UNIT} | [times dash fraction visit] )",
        "dD",
    ),
    Form(f"number [dash to] number {_GY} times number (?: [dash to] number )?", "ddn", "range"),
    Form(
        f"number {_GY} {_ONCE} (?: open? freq comma? close? )? times number (?! {_UNIT} )"
        f" (?: {_FILL}{{0,2}} {_FX} )? {_SUM}",
        "dnD",
    ),
    Form(f"number (?: {_FILL}{{0,2}} {_FX} )? times number {_GY} {_ONCE} {_SUM}", "ndD"),
    Form(f"{_COUNT} [of at] [article tilde]{{0,2}} number {_GY} {_ONCE} {_SUM}", "ndD"),
    Form("fraction dose open gray close [colon equals]? number", "d", "headed"),
    Form("dose [per slash] fraction open gray close [colon equals]? number", "d", "headed"),
    Form(f"[single fraction freq] [dose size] [of colon equals word]{{0,2}} number {_GY}", "d", "dose of"),
    Form(
        f"dose [per slash] {_FX} [of colon equals at word times]{{0,4}} number {_MAYBE_GY} {_TIMES}",
        "dnD",
    ),
    Form(f"fraction [of at] number {_GY}", "d"),
    Form(f"number {_GY} at article? number {_MAYBE_GY} {_ONCE} (?: times number {_FX}? )?", "Ddn", "rated"),
    Form(f"number {_GY} open? {_BY} dash? [freq single]? (?: {_FX} | time )", "d", "paced"),
)
_COUNTED = (
    Form(f"number {_GY} [comma stop bar]? number_of? of? fraction [colon equals of] number", "Dn"),
    Form(f"number {_GY} [comma stop bar]? fraction number (?! {_UNIT} | [dash of times] )", "Dn", "checked"),
    Form(
        f"number {_GY} [bar comma stop] {_COUNT} [bar comma stop] number {_GY} {_ONCE} (?! {_NUMBERED} )",
        "Dne",
        "tabled",
    ),
    Form(f"number {_GY} comma? number times (?! number | {_BY} | freq )", "Dn", "checked"),
    Form("number dose of [irradiation rt]", "n"),
    Form(
        f"number {_GY} (?: [equals in comma colon] | open ) number times number {_MAYBE_GY} (?! {_UNIT} | times )",
        "Dnn",
        "factored",
    ),
    Form(
        f"number {_GY} {_JOIN}{{0,4}} {_COUNT} (?: [of at times slash open]{{1,2}} article? number {_GY} {_ONCE} )?",
        "Dne",
    ),
    Form(f"number {_GY} slash number slash number {_GY} {_ONCE}", "Dne"),
    Form(f"number {_GY} [freq dash]? fraction", "d"),
    Form(f"number {_GY} (?: freq | comma? (?= number [times fraction visit] (?: freq | {_BY} time ) ) )", "d", "each"),
    Form("number [per slash] fraction", "d", "each"),
    Form(f"number {_GY} bar number bar (?: number {_GY} )?", "Dne", "checked"),
    Form(
        f"number {_GY} (?: [in slash of] [article total of]{{0,3}} | open ) number (?! {_UNIT} | times )",
        "Dn",
        "checked",
    ),
    Form(f"number {_GY} number (?! {_UNIT} | times | number )", "Dn", "checked"),
)
_SEVERAL = (
    Form(f"number {_MAYBE_GY} [dash to] number {_GY} in number [dash to] number {_FX}?", "DDn", "range"),
    Form(f"number {_MAYBE_GY} [dash to] number {_GY}", "D", "range"),
    Form(f"number {_MAYBE_GY} arrow number {_MAYBE_GY}", "D", "rise"),
    Form(f"number slash number {_GY}", "D", "pair"),
    Form(f"number {_GY} (?: slash number {_GY} ){{1,5}} {_LIST_COUNT}", "D", "list"),
    Form(f"number (?: slash number ){{1,5}} {_GY} {_LIST_COUNT}", "D", "list"),
    Form(
        f"number {_MAYBE_GY} (?: comma number {_MAYBE_GY} ){{0,5}} comma? [and or] article? number {_GY} {_LIST_COUNT}",
        "D",
        "list",
    ),
    Form(f"number (?: plus number ){{1,5}} {_GY}", "D", "sum"),
    Form(f"number (?: plus number ){{1,5}} (?! {_UNIT} | [slash times fraction visit] )", "D", "bare sum"),
)
_SINGLE = (
    Form(f"single number {_GY} [fraction visit dose]", "D", "single"),
    Form("single [freq irradiation technique modality word dash]{0,2} [fraction visit dose]", name="single"),
    Form("single (?= [to at] )", name="single"),
)
_ONE = (
    Form("[total dose] dose? open gray close [colon equals]? number", "D", "headed"),
    Form(f"number {_GY}", "D"),
    Form(f"number [dash to] number {_FILL}{{0,2}} {_FX}", "n", "range"),
    Form(f"number {_FILL}{{0,2}} {_FX} (?! [colon equals] number )", "n"),
    Form(
        "fraction [colon equals dash of stop times]{0,4} number (?: [dash slash] number )?"
        " (?! [gray mv mev kv percent mass time slash number] )",
        "n",
        "last",
    ),
)
_BARE = (
    Form(f"number [low comma]? number {_FX}", "Dn", "bare"),
    Form("number low number (?= low | $ )", "Dn", "bare"),
    Form(f"number slash number {_FX}? (?! slash | {_UNIT} )", "Dn", "bare"),
    Form(f"number in number {_FX}? (?! {_UNIT} )", "Dn", "bare"),
    Form(f"number times number {_FX}? {_SUM} (?! {_UNIT} | times )", "dnD", "product"),
    Form(
        "[dose total boost sib] [colon of equals to dash]{0,2} number"
        f" (?! {_UNIT} | [number fraction visit times dash in of to low] )",
        "D",
        "bare",
    ),
)

FORMS = (
    *(*_PASSED, *_ENERGIES, *_ACTIVITIES, *_PROGRESS, *_PER_FRACTION, *_COUNTED, *_SEVERAL, *_SINGLE),
    # What two bare numbers say, the fractions behind the second alone say not.
    *(_ONE[0], _ONE[1], _ONE[2], _BARE[0], *_BARE[1:5], *_ONE[3:], _BARE[5]),
)
_NUMBER = pattern("number")
_PATTERNS = [pattern(form.pattern) for form in FORMS]
_LED = [place for place, form in enumerate(_PATTERNS) if form.startswith(_NUMBER)]
_OTHERS = [place for place, form in enumerate(_PATTERNS) if not form.startswith(_NUMBER)]
_BEGINNINGS = "".join({form[1 : form.index("]")] if form[0] == "[" else form[0] for form in _PATTERNS})

ORDER = (*_LED, *_OTHERS)
"""The place in ``FORMS`` of the form whose group of ``SCAN`` matched, by the group's number less one."""

# Two things make this several times faster: what begins with a number is told apart by what follows it, and a form's
# empty group stands at its end, so that ``re`` sees the first character of each form and passes most of them over.
SCAN = re.compile(
    f"(?=[{_BEGINNINGS}])(?:{_NUMBER}(?:{'|'.join(f'{_PATTERNS[place][1:]}()' for place in _LED)})"
    f"|{'|'.join(f'{_PATTERNS[place]}()' for place in _OTHERS)})"
)
"""All forms at once."""

ALONE = tuple(map(re.compile, _PATTERNS))
"""Each form by itself."""
