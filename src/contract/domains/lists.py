#!/usr/bin/env python3
"""Writes free_mail.txt and countries.txt out of packages of the npm registry (`make lists`).

A domain is taken where all three packages know it, one of which also lists domains of throw-away mail. One list alone names many a
company. What is a company all the same stands in known.txt, and what these packages do not know.
"""
import datetime
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unicodedata

HERE = pathlib.Path(__file__).parent
LANGUAGES = "en es fr de it pt nl pl sv da fi nb cs sk hu ro tr ru uk ja zh".split()
# What people write, and what no list of names has.
BY_HAND = {
    "GB": "England, Scotland, Wales, Northern Ireland, U.K., Britain, Inglaterra, Angleterre, Reino Unido, Grande-Bretagne",
    "US": "U.S.A., U. S. A., United States of America (USA), EE.UU., EE. UU., EEUU, EUA, E.U.A., Estados Unidos de América, Amerika, USA",
    "NL": "Holland, Holanda, Nederland, Pays-Bas",
    "CZ": "Czech Rep.",
    "DE": "BRD, Alemania, Deutschland, Allemagne",
    "CH": "Swiss, Schweiz, Suiza, Suisse, Svizzera",
    "KR": "Korea, Republic of Korea, Corea del Sur, Korea (South)",
    "RU": "Russia",
    "VN": "Viet Nam, Vietnam",
    "MX": "Mexico, México, Méjico, Estados Unidos Mexicanos, United Mexican States",
    "BR": "Brasil",
    "AE": "U.A.E., Dubai",
    "HK": "Hong Kong SAR, Hongkong",
    "DO": "Dominican Rep., Rep. Dominicana, República Dominicana",
    "BO": "Bolivia",
    "VE": "Venezuela",
    "TZ": "Tanzania",
    "IR": "Iran",
    "SY": "Syria",
    "LA": "Laos",
    "MD": "Moldova",
    "MK": "Macedonia",
    "TW": "Taiwan",
    "CN": "P.R. China, PRC, China",
}

# Names of two countries, of which a language has one.
NOBODYS = {"kongo", "congo", "конго", "コンゴ", "刚果", "samoa americana"}


def fetched(name, folder):
    """The package's version, and where it lies."""
    packed = subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
    with tarfile.open(folder / packed) as archive:
        archive.extractall(folder / name, filter="data")
    package = folder / name / "package"
    return json.loads((package / "package.json").read_text())["version"], package


def folded(name):
    """As `contract::typed::country` folds what people type: letters without accents, in small ones, and nothing else."""
    letters = (letter for letter in unicodedata.normalize("NFC", name).lower() if letter.isalnum())
    return "".join(base(letter) for letter in letters)


def base(letter):
    """A Latin letter without its accent; the others as they are."""
    plain = unicodedata.normalize("NFD", letter)[0]
    return plain if plain.isascii() else {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"}.get(letter, letter)


def free_mail(folder, today):
    providers, at = fetched("email-providers", folder)
    first = set(json.loads((at / "all.json").read_text()))
    domains, at = fetched("free-email-domains", folder)
    second = set(json.loads((at / "domains.json").read_text()))
    freemail, at = fetched("freemail", folder)
    third = {line for name in ("free", "disposable") for line in (at / "data" / f"{name}.txt").read_text().split()}
    known = [line.split() for line in (HERE / "known.txt").read_text().splitlines() if line and not line.startswith("#")]
    apart = {name for kind, name in known if kind in ("company", "platform", "host", "placeholder", "relay", "registry")}
    taken = sorted(domain for domain in first & second & third - apart if domain.isascii() and "." in domain)
    (HERE / "free_mail.txt").write_text(f"""\
# Providers of free and of throw-away mail: an address there says nothing about the company of its owner. One domain a line.
# Source: npm email-providers {providers} (ISC, Copyright (c) Jannis R), free-email-domains {domains} (MIT, Copyright (c) Kiko Beats),
#   freemail {freemail} (ISC, Copyright (c) willwhite): what all three name. Their notices: LICENCES.md
# Date: {today}
# Written by `make lists`; what it lacks or has too much stands in known.txt.
""" + "\n".join(taken) + "\n")
    return len(taken)


def countries(folder, today):
    version, at = fetched("i18n-iso-countries", folder)
    codes = {code: alpha3 for code, alpha3, *_ in json.loads((at / "codes.json").read_text())}
    names = {}
    for rank, language in enumerate(LANGUAGES):
        for code, said in json.loads((at / "langs" / f"{language}.json").read_text())["countries"].items():
            for name in said if isinstance(said, list) else [said]:
                names.setdefault(folded(name), {}).setdefault(code, rank)
    for code, said in BY_HAND.items():
        for name in said.split(","):
            names[folded(name)] = {code: -1}
    # A name that two countries have is nobody's, unless English, or the list by hand, gives it to one alone.
    lines = {code: [] for code in codes}
    for name, claims in names.items():
        claimed = [code for code, rank in claims.items() if rank <= 0] or list(claims)
        if len(claimed) == 1 and (len(name) > 2 or not name.isascii()) and name not in NOBODYS and claimed[0] in lines:
            lines[claimed[0]].append(name)
    text = f"""\
# Countries: the two letters of ISO 3166-1, the three letters, and their names in {len(LANGUAGES)} languages, without accents and spaces.
# Source: npm i18n-iso-countries {version} (MIT, Copyright (c) Michael Wittig), and the few names that lists.py adds. Notice: LICENCES.md
# Date: {today}
# Written by `make lists`.
"""
    for code, alpha3 in sorted(codes.items()):
        text += " ".join([code, alpha3.lower(), *sorted(set(lines[code]) - {alpha3.lower()})]) + "\n"
    (HERE.parent / "typed" / "countries.txt").write_text(text)
    return len(codes)


if __name__ == "__main__":
    today = datetime.date.today().isoformat()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        print(f"{free_mail(folder, today)} domains of free mail, {countries(folder, today)} countries")
    sys.exit(0)
