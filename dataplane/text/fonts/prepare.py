"""Makes the font files of this folder from pinned packages; `./prepare` runs it.

Files whose licence reserves the name of the font stay as their authors made them, byte for byte. The others lose what
is never used here: hinting (text is set unhinted), glyph names, and glyphs that only an optional style reaches.
"""

import hashlib
import pathlib
import subprocess
import sys
import tarfile

from fontTools import subset
from fontTools.cffLib import SubrsIndex
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).parent
WORK = pathlib.Path(sys.argv[1])

FACES = {
    "regular": "400Regular",
    "bold": "700Bold",
    "italic": "400Regular_Italic",
    "bold-italic": "700Bold_Italic",
}
ALL = tuple(FACES)

# Package of the scope @expo-google-fonts (whole TTF files of Google Fonts), version, faces, name is reserved.
FAMILIES = [
    ("abril-fatface", "0.4.1", ("regular",), True),
    ("amaranth", "0.4.1", ALL, True),
    ("arvo", "0.4.1", ALL, True),
    ("audiowide", "0.4.1", ("regular",), True),
    ("chivo", "0.4.2", ALL, False),
    ("crimson-text", "0.4.0", ALL, False),
    ("exo", "0.4.2", ALL, False),
    ("fredoka-one", "0.2.3", ("regular",), True),
    ("gravitas-one", "0.4.1", ("regular",), True),
    ("kanit", "0.4.1", ALL, False),
    ("lato", "0.4.1", ALL, True),
    ("lobster", "0.4.1", ("regular",), True),
    ("lora", "0.4.2", ALL, True),
    ("monoton", "0.4.1", ("regular",), True),
    ("montserrat", "0.4.2", ALL, False),
    ("old-standard-tt", "0.1.0", ("regular", "bold", "italic"), False),
    ("open-sans", "0.4.2", ALL, False),
    ("pt-mono", "0.4.1", ("regular",), True),
    ("pt-serif", "0.4.1", ALL, True),
    ("roboto", "0.4.3", ALL, False),
    ("ubuntu", "0.4.1", ALL, True),
    ("vollkorn", "0.4.1", ALL, False),
    ("noto-sans-arabic", "0.4.3", ("regular", "bold"), False),
    ("noto-sans-devanagari", "0.4.1", ("regular",), False),
    ("noto-sans-hebrew", "0.4.1", ("regular", "bold"), False),
    ("noto-sans-thai", "0.4.2", ("regular", "bold"), False),
    ("noto-sans-symbols", "0.4.1", ("regular",), False),
    ("noto-sans-symbols-2", "0.4.1", ("regular",), False),
    ("nanum-gothic", "0.4.0", ("regular",), True),
]

# Symbols that people put into captions. The whole font is ten times as large, for mahjong tiles and old scripts.
SYMBOLS = [*range(0x2190, 0x2200), *range(0x2300, 0x2400), *range(0x2460, 0x2800), *range(0x2B00, 0x2C00)]

# Substitutions that are on by default, and what shaping of a script needs.
FEATURES = [f for f in subset.Options()._layout_features_default if f not in ("frac", "numr", "dnom")]


def main():
    notices = []
    for package, version, faces, reserved in FAMILIES:
        root = npm(f"@expo-google-fonts/{package}", version)
        for face in faces:
            source = find(root, FACES[face])
            target = HERE / f"{package}-{face}.ttf"
            if reserved:
                target.write_bytes(source.read_bytes())
            else:
                reduce(source, target, SYMBOLS if "symbols" in package else None)
        notices.append((package, version, faces, reserved, notice(root, package, faces[0])))
        if package == "open-sans":
            text = (root / "LICENSE_FONT").read_text()
            (HERE / "OFL.txt").write_text(text[text.index("This Font Software"):])
        if package == "ubuntu":
            (HERE / "UFL.txt").write_bytes((root / "LICENSE_FONT").read_bytes())
    emoji()
    han()
    third_party(notices)
    index()
    tests()


def npm(name, version):
    """Fetches one version of a package and unpacks it."""
    folder = WORK / f"{name.replace('/', '-')}-{version}"
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def find(root, face):
    """Newer packages have a folder for each face, older ones have none."""
    for pattern in (f"{face}/*.ttf", f"*_{face}.ttf"):
        for path in root.glob(pattern):
            return path
    raise SystemExit(f"{root} has no {face}")


def reduce(source, target, characters=None):
    """Keeps every character (or the given ones) and what default substitutions make of them."""
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.layout_features = FEATURES
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.recalc_timestamp = False
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters or font.getBestCmap().keys())
    subsetter.subset(font)
    font.save(target)


def emoji():
    """Twemoji as layers of outlines (COLR version 0), out of its WOFF2 wrapping."""
    root = npm("twemoji-colr-font", "15.0.3")
    font = TTFont(root / "twemoji.woff2", recalcTimestamp=False)
    font.flavor = None
    font["post"].formatType = 3.0  # Without the names of glyphs: a fifth of the file.
    font.save(HERE / "twemoji-regular.ttf")
    (HERE / "TWEMOJI.md").write_bytes((root / "LICENSE").read_bytes())


def han():
    """Droid Sans Fallback: Han, kana and more; its licence allows to drop the hinting."""
    package = "fonts-droid-fallback=1:6.0.1r16-1.1*"
    folder = WORK / "droid"
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["dpkg", "-x", next(folder.glob("*.deb")), folder], check=True)
    reduce(folder / "usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", HERE / "droid-sans-fallback-regular.ttf")


def notice(root, package, face):
    """Whose the font is: from the licence's head or, in older packages, from the font itself."""
    licence = root / "LICENSE_FONT"
    if licence.exists() and package != "ubuntu":
        text = licence.read_text().split("This Font Software is licensed")[0]
    else:
        text = TTFont(find(root, FACES[face]))["name"].getDebugName(0)
    return " ".join(text.replace("\ufeff", "").split())


def third_party(notices):
    lines = [
        "# Fonts of others\n",
        "",
        "Written by `prepare`. Files whose licence reserves the name of the font, and Ubuntu, are as their authors made",
        "them; the others lack hinting, glyph names and glyphs that only optional styles reach.\n",
        "",
        "| files | package | licence | changed | notice |",
        "|---|---|---|---|---|",
    ]
    for package, version, _, reserved, text in notices:
        licence = "[UFL 1.0](UFL.txt)" if package == "ubuntu" else "[OFL 1.1](OFL.txt)"
        changed = "no" if reserved else "yes"
        lines.append(f"| `{package}-*` | npm `@expo-google-fonts/{package}` {version} | {licence} | {changed} | {text} |")
    lines += [
        "| `droid-sans-fallback-*` | Debian `fonts-droid-fallback` 1:6.0.1r16-1.1 | [Apache 2.0](../../../LICENSE) | yes | "
        "Copyright © 2006-2010 Google Corp. Droid is a trademark of Google Corp. |",
        "| `twemoji-*` | npm `twemoji-colr-font` 15.0.3 | [font OFL 1.1, drawings CC BY 4.0](TWEMOJI.md) | "
        "wrapping, names of glyphs | Twemoji by Twitter, Inc and other contributors, https://github.com/twitter/twemoji |",
    ]
    (HERE / "THIRD-PARTY.md").write_text("\n".join(line.rstrip("\n") for line in lines) + "\n")


def index():
    """Writes the sums by which a second run can be compared with this one."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(HERE.glob("*.ttf"))]
    (HERE / "SHA256SUMS").write_text("".join(lines))


def tests():
    """One face in the other wrappings a caller may send, for the tests; as OTF its curves are cubic ones."""
    data = HERE.parent / "tests/setting/data"
    data.mkdir(exist_ok=True)
    source = HERE / "exo-regular.ttf"
    for flavor in ("woff", "woff2"):
        font = TTFont(source, recalcTimestamp=False)
        font.flavor = flavor
        font.save(data / f"exo.{flavor}")
    font = TTFont(source, recalcTimestamp=False)
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    strings = {}
    for name in order:
        pen = T2CharStringPen(glyphs[name].width, glyphs)
        glyphs[name].draw(pen)
        strings[name] = pen.getCharString()
    for table in ("glyf", "loca", "maxp"):
        del font[table]
    builder = FontBuilder(font=font)
    builder.setupCFF("Exo-Regular", {}, strings, {})
    builder.setupMaxp()
    font.sfntVersion = "OTTO"
    font.save(data / "exo.otf")
    endless(data / "endless.otf")


def endless(path):
    """A font whose one letter calls a subroutine 15 times that calls the next one 15 times, six deep."""
    glyphs = [".notdef", "a"]
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord("a"): "a"})
    strings = {name: T2CharString(program=[500, 0, "hmoveto", -107, "callsubr", "endchar"]) for name in glyphs}
    builder.setupCFF("Endless", {}, strings, {})
    top = builder.font["CFF "].cff.topDictIndex[0]
    top.recalcFontBBox = lambda: None
    top.Private.Subrs = SubrsIndex()
    for depth in range(6):
        calls = [depth + 1 - 107, "callsubr"] * 15 if depth < 5 else [1, "drop"] * 10
        top.Private.Subrs.append(T2CharString(program=[*calls, "return"]))
    for string in strings.values():
        string.private = top.Private
    builder.setupHorizontalMetrics({name: (500, 0) for name in glyphs})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Endless", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font.recalcBBoxes = False
    builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    builder.font.save(path)


main()
