#!/usr/bin/python3
"""Writes src/content/normalise/code_points.def: what the normaliser knows of each code point.

usage: make_code_points.py [FILE]

The facts are Unicode's: names, categories, digits and compatibility forms from Python's unicodedata;
scripts, default-ignorables, pictographs and confusables (UTS #39) from ICU (libicu-dev). What is
decided here and not by Unicode stands in the tables below. Run it again for a newer Unicode.
"""

import ctypes
import sys
import unicodedata
from pathlib import Path

OUT = Path("src/content/normalise/code_points.def")
SURROGATES = range(0xD800, 0xE000)
UCHAR_DEFAULT_IGNORABLE, UCHAR_EXTENDED_PICTOGRAPHIC = 5, 64
UCHAR_EMOJI_MODIFIER, UCHAR_REGIONAL_INDICATOR = 59, 62

# Script -> group. A script that is not named here is kForeign.
GROUPS = {
    "kLatin": "Latn",
    "kGreek": "Grek",
    "kCyrillic": "Cyrl",
    "kHebrew": "Hebr",
    "kIdeographic": "Hani Hira Kana Hang Bopo Yiii Hrkt Tang Nshu",
    "kSpaceless": "Thai Laoo Khmr Mymr Tibt Lana Talu Tale Tavt Cham Java Bali",
    "kJoining": "Arab Syrc Mand Nkoo Mong Phag Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh "
                "Thaa Sund Limb Lepc Cakm Mtei Newa Sylo Tirh Modi Gran Rohg Adlm Mani Saur Gong "
                "Gonm Kthi Mahj Sind Shrd Takr Khoj Brah Batk Bugi Rjng",
}
# Scripts whose letters are taken for Latin ones in a word that is half Latin. Not those whose
# letters stand beside Latin ones in honest words, such as Arabic suffixes of Latin names.
LOOKALIKE_SCRIPTS = set("Grek Cyrl Armn Cher Copt Lisu Dsrt Osge Tfng Geor Cans Runr Goth Ital Cari "
                        "Lydi Lyci Elba Shaw Vaii Bamu Bass Wara Zyyy".split())
# What UTS #39 does not hold for the same shape but people read as the letter, in a word with others.
LOOSE = {
    "к": "k", "К": "K", "в": "b", "В": "B", "н": "h", "Н": "H", "т": "t", "м": "m", "и": "u",
    "п": "n", "г": "r", "ё": "e", "є": "e", "ї": "i", "ч": "4", "я": "r", "Я": "R", "И": "N",
    "ь": "b", "ъ": "b", "д": "d", "л": "n", "й": "u", "з": "3", "б": "6", "ц": "u", "ш": "w",
    "щ": "w", "ө": "o", "ғ": "f", "қ": "k", "ң": "h", "ү": "y", "ұ": "y", "ҳ": "x", "җ": "x",
    "α": "a", "β": "b", "ε": "e", "η": "n", "κ": "k", "τ": "t", "ω": "w", "ς": "c", "θ": "o",
    "φ": "o", "ψ": "w", "χ": "x", "ά": "a", "έ": "e", "ή": "n", "ί": "i", "ό": "o", "ύ": "u",
    "ώ": "w", "Σ": "E", "Λ": "A", "Θ": "O", "Φ": "O", "λ": "n", "π": "n", "δ": "d", "ζ": "z",
    "ξ": "e", "μ": "u",
}
# Honest signs that NFKC would turn into letters of the word before them, or into other numbers.
NOT_FOLDED = set("™℠ℹ…‥‼⁇⁈⁉") | {chr(c) for c in (*range(0xBC, 0xBF), *range(0x2150, 0x2160), 0x2189)}
# Punctuation that is folded beside a Latin letter or a digit.
PUNCTUATION = {
    "-": "‐‑‒–−⁃﹘﹣－˗➖‾⁻₋",
    "'": "‘’‚‛′ʼʹ＇`´",
    '"': "“”„‟″＂",
    "/": "⁄∕⧸／",
    ".": "․。｡．﹒",
    ",": "﹐，",
    "@": "﹫＠",
    ":": "∶：﹕ː꞉",
    "(": "❨⦅（﹙⁽₍", ")": "❩⦆）﹚⁾₎", "_": "＿﹍﹎﹏", "+": "＋﹢⁺₊", " ": "\u3000",
    "*": "＊﹡∗", "~": "∼～", "|": "∣｜", "\\": "∖⧵＼﹨",
}
# ... and only beside a digit.
DIGIT_PUNCTUATION = {"-": "—―ー・", ".": "·∙⋅", ",": "、٬", "/": "٪"}


def load_icu():
    for version in range(90, 60, -1):
        try:
            common = ctypes.CDLL(f"libicuuc.so.{version}")
            spoof = ctypes.CDLL(f"libicui18n.so.{version}")
            return version, common, spoof
        except OSError:
            continue
    sys.exit("make_code_points.py: ICU is not installed (libicu-dev)")


class Icu:
    def __init__(self):
        self.version, self.common, self.i18n = load_icu()
        self.call = lambda lib, name: getattr(lib, f"{name}_{self.version}")
        status = ctypes.c_int(0)
        open_spoof = self.call(self.i18n, "uspoof_open")
        open_spoof.restype = ctypes.c_void_p
        self.spoof = open_spoof(ctypes.byref(status))
        self.short_name = self.call(self.common, "uscript_getShortName")
        self.short_name.restype = ctypes.c_char_p
        self.has_property = self.call(self.common, "u_hasBinaryProperty")
        self.has_property.restype = ctypes.c_int8

    def script(self, code):
        status = ctypes.c_int(0)
        return self.short_name(self.call(self.common, "uscript_getScript")(code, ctypes.byref(status))).decode()

    def has(self, code, prop):
        return self.has_property(code, prop) != 0

    def skeleton(self, text):
        source = text.encode()
        out = ctypes.create_string_buffer(256)
        status = ctypes.c_int(0)
        self.call(self.i18n, "uspoof_getSkeletonUTF8")(
            ctypes.c_void_p(self.spoof), 0, source, len(source), out, 256, ctypes.byref(status))
        return out.value.decode()


def ascii_by_skeleton(icu):
    out = {}
    for code in (*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)):
        out.setdefault(icu.skeleton(chr(code)), []).append(chr(code))
    return out


def lookalike(icu, table, char):
    """The ASCII letter or digit that `char` is taken for, or None."""
    candidates = table.get(icu.skeleton(char))
    if not candidates:
        return None
    upper = unicodedata.category(char) == "Lu"
    letters = [c for c in candidates if c.isalpha()]
    fitting = [c for c in letters if c.isupper() == upper]
    return (fitting or letters or candidates)[0]


def fold_by_name(char):
    """Letters and digits in boxes, discs and small capitals, which have no compatibility form."""
    name = unicodedata.name(char, "")
    for prefix in ("NEGATIVE CIRCLED LATIN CAPITAL LETTER ", "NEGATIVE SQUARED LATIN CAPITAL LETTER ",
                   "CROSSED NEGATIVE SQUARED LATIN CAPITAL LETTER "):
        if name.startswith(prefix) and len(name) == len(prefix) + 1:
            return name[-1]
    prefix = "LATIN LETTER SMALL CAPITAL "
    if name.startswith(prefix) and len(name) == len(prefix) + 1:
        return name[-1].lower()
    number = unicodedata.numeric(char, None)
    if ("CIRCLED" in name and ("DIGIT" in name or "NUMBER" in name)) and number is not None and number <= 20:
        return str(int(number))
    return None


def actions(icu):
    """(code, kind, text) of every code point that is not kept as it is."""
    table = ascii_by_skeleton(icu)
    by_punctuation = {c: (kind, to) for kind, rows in (("kPunctuation", PUNCTUATION),
                                                       ("kDigitPunctuation", DIGIT_PUNCTUATION))
                      for to, chars in rows.items() for c in chars if ord(c) > 127}
    for code in range(0x80, 0x110000):
        if code in SURROGATES:
            continue
        char = chr(code)
        category = unicodedata.category(char)
        compatible = unicodedata.normalize("NFKC", char)
        if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
            yield code, "kSelector", ""
        elif 0xE0020 <= code <= 0xE007F:
            yield code, "kTag", ""
        elif code in (0x200C, 0x200D):
            yield code, "kJoiner", ""
        elif icu.has(code, UCHAR_DEFAULT_IGNORABLE) or category == "Cf" and not 0x600 <= code <= 0x8E2 \
                and code not in (0x110BD, 0x110CD) and not 0x13430 <= code <= 0x1345F:
            yield code, "kIgnorable", ""
        elif char in by_punctuation:
            yield code, *by_punctuation[char]
        elif category in ("Zs", "Zl", "Zp"):
            yield code, "kFold", " "
        elif category == "Nd" and icu.script(code) not in ("Zyyy",):
            yield code, "kDigit", str(unicodedata.decimal(char))
        elif 0xFF01 <= code <= 0xFF5E:
            ascii_char = chr(code - 0xFEE0)
            yield code, "kFold" if ascii_char.isalnum() else "kPunctuation", ascii_char
        elif char in NOT_FOLDED:
            continue
        elif category == "Nd":
            yield code, "kFold", str(unicodedata.decimal(char))
        elif compatible.isascii() and compatible != char and compatible.isprintable():
            kind = "kFold" if any(c.isalnum() for c in compatible) else "kPunctuation"
            yield code, kind, compatible
        elif fold_by_name(char):
            yield code, "kFold", fold_by_name(char)
        elif category[0] == "L":
            script = icu.script(code)
            like = lookalike(icu, table, char)
            if script == "Latn":
                # Not the letters that living languages write with, such as the dotless i.
                if like and (0x250 <= code <= 0x2AF or 0x1D00 <= code <= 0x1DBF):
                    yield code, "kFold", like
                elif compatible != char and lookalike(icu, table, compatible):
                    yield code, "kFold", lookalike(icu, table, compatible)
            elif script in LOOKALIKE_SCRIPTS:
                base = compatible if len(compatible) == 1 else char
                if char in LOOSE:
                    yield code, "kLookalike" if like else "kLooseLookalike", like or LOOSE[char]
                elif like:
                    yield code, "kLookalike", like
                elif base != char and (lookalike(icu, table, base) or base in LOOSE):
                    yield code, "kLooseLookalike", lookalike(icu, table, base) or LOOSE[base]


def group_of(icu, code):
    char = chr(code)
    category = unicodedata.category(char)
    if icu.has(code, UCHAR_EXTENDED_PICTOGRAPHIC) or icu.has(code, UCHAR_EMOJI_MODIFIER) \
            or icu.has(code, UCHAR_REGIONAL_INDICATOR):
        return "kPictograph"
    if category[0] not in "LM" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return None
    script = icu.script(code)
    if script in ("Zinh", "Qaai") and category[0] == "M":
        return "kMark"
    if category == "Me":
        return "kMark"
    return next((group for group, scripts in GROUPS.items() if script in scripts.split()), "kForeign")


def ranges(icu):
    first, last, group = 0, 0, None
    for code in range(0x80, 0x110001):
        now = None if code == 0x110000 or code in SURROGATES else group_of(icu, code)
        if now != group:
            if group:
                yield first, last, group
            first, group = code, now
        last = code


def merged(rows):
    """Neighbours with the same kind and text as one row: (first, last, kind, text)."""
    first, last, what = 0, -2, None
    for code, *now in rows:
        if code != last + 1 or now != what:
            if what:
                yield first, last, *what
            first, what = code, now
        last = code
    yield first, last, *what


def compositions():
    """(base, mark, composed) of the Latin letters with marks."""
    for code in range(0x80, 0x2000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and "<" not in parts[0] and unicodedata.name(chr(code), "").startswith("LATIN"):
            yield int(parts[0], 16), int(parts[1], 16), code


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("??", "?\\?") + '"'


def main(argv):
    icu = Icu()
    out = [
        "// What the normaliser knows of code points. Made by tools/make_code_points.py from the facts of",
        f"// Unicode (unicodedata {unicodedata.unidata_version}, ICU {icu.version}); do not edit.",
        "//   SALLY_ACTION(first, last, action, the ASCII text that it stands for)",
        "//   SALLY_GROUP(first, last, group)",
        "//   SALLY_COMPOSITION(letter, mark, letter with the mark)",
        "// clang-format off",
        "#ifdef SALLY_ACTION",
    ]
    out += [f"SALLY_ACTION(0x{first:04X}, 0x{last:04X}, {action}, {quoted(text)})"
            for first, last, action, text in merged(actions(icu))]
    out += ["#endif", "#ifdef SALLY_GROUP"]
    out += [f"SALLY_GROUP(0x{first:04X}, 0x{last:04X}, {group})" for first, last, group in ranges(icu)]
    out += ["#endif", "#ifdef SALLY_COMPOSITION"]
    out += [f"SALLY_COMPOSITION(0x{a:04X}, 0x{b:04X}, 0x{c:04X})" for a, b, c in sorted(compositions())]
    out += ["#endif", "// clang-format on"]
    (Path(argv[1]) if len(argv) > 1 else OUT).write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main(sys.argv)
