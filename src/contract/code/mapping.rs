//! 5000: what those who bring their own history, and write maps for it, can mend. Nothing that runs is touched by it.

super::codes! {
    5101 MAP_YAML "map_yaml" "The map's file is not YAML."
        "The place is the first character that does not fit. Indentation and unquoted colons are the usual causes: a column whose name has a colon, `#` or brackets in it stands in quotes.";
    5102 MAP_TOO_LARGE "map_too_large" "The map is beyond a bound."
        "A map has at most 256 KiB, nests at most 64 deep, and has at most 20,000 lookups; the message names the bound. A table that is larger than that belongs into the export itself.";
    5103 MAP_UNKNOWN_KEY "map_unknown_key" "A key is none of the language of maps."
        "Unknown keys are refused, because a misspelt step would silently not be done. The message says which keys are known here and which one is nearest.";
    5104 MAP_KEY_TWICE "map_key_twice" "A key stands twice in the same place."
        "One of the two would silently win. Take one away.";
    5105 MAP_KEY_MISSING "map_key_missing" "A key that has to be there is missing."
        "The message names the key and what belongs there. An interaction can't be without interaction_id, occurred_at, kind, campaign.id and person.id; an outcome not without outcome, at, and something that says whose it is.";
    5106 MAP_SHAPE "map_shape" "Something else is expected in this place."
        "A list where one value stands, a text where a number is expected, and the like. A column is written `{ column: NAME }`, a value that is always the same `{ constant: VALUE }`.";
    5107 MAP_VALUE "map_value" "A value is outside what the language of maps allows."
        "The message says what is allowed: formats of dates such as `%d/%m/%Y %H:%M`, names of time zones, a part of a list counted from 1 or from its end.";
    5108 MAP_UNKNOWN_FIELD "map_unknown_field" "The event has no such field."
        "Fields are those of the contract, written with dots: `person.email`, `declared.budget_usd`; your own are `attributes.NAME`. The message says which name is nearest. The schemas are in `schemas/`.";
    5109 MAP_TYPE "map_type" "A step of the map does not fit the field's type."
        "A date's format belongs to a time or a date, a decimal sign to a number, a prefix to a text; and a constant, a default or a value of a lookup has the field's own type. The message says what the field is.";
    5110 MAP_UNREADABLE "map_unreadable" "The map's file can't be read."
        "The message names it. A map is a file of at most 256 KiB, in UTF-8. `relevo import csv --list-maps` lists those that come with Relevo.";
    5120 MAP_UNKNOWN_KIND "map_unknown_kind" "The map makes a kind of interaction that nobody knows."
        "A warning: kinds are open, and one of your own is weak evidence. If it is a slip of the pen, an interaction would say less than it does; the message says which kind is nearest.";
    5201 VALUE_NOT_MAPPED "value_not_mapped" "A value is none that the map can turn."
        "It is in no line of the lookup, is no date in the map's format, no number, or neither yes nor no; or it can be read in two ways, and the column does not say which: `--dates day-first` and `--decimal ,` say it, and so can the map. The message names the field and the column, never the value: look at the row. Add the value to the lookup (or give it an `otherwise`), add a format to the list, or correct the export. The other rows went on. A value that the event can do without is left out, and costs no row.";
    5202 ROW_RAGGED "row_ragged" "A row has more cells than the header."
        "Often a quote that is not closed, or a delimiter inside of a text without quotes. The row is left out, the others went on. Rows with fewer cells are no mistake: what is not there is empty. If every row is refused, the delimiter is probably another one: give it with `--delimiter`.";
    5203 ROW_ENCODING "row_encoding" "A row has bytes that are no text in this encoding."
        "The summary says which encoding was assumed. If names have wrong letters in them, the file has another one: give it with `--encoding`, for example `--encoding windows-1252`.";
    5204 ROW_TOO_LARGE "row_too_large" "A row is larger than 1 MiB."
        "A quote that opens and never closes makes one row of the rest of the file, so nothing behind it can be trusted: the import stops, and leaves no file. Mend the line that is named.";
    5301 CSV_UNREADABLE "csv_unreadable" "The file can't be read."
        "The message has the operating system's words. Check the name and the permissions.";
    5302 CSV_EMPTY "csv_empty" "The file has no header."
        "A line of a CSV file names its columns, and this file has none that looks like it. Export it again, with headers, or name the line: `--header-line 4`.";
    5303 CSV_COLUMN_MISSING "csv_column_missing" "The file has no such column."
        "The map reads a column that is not in the header; the message says which name is nearest. Correct the map, add the column to the export, or, where the field can do without, say `optional: true`. Large and small letters are the same.";
    5304 CSV_COLUMN_TWICE "csv_column_twice" "The header has a column twice, and the map reads it."
        "Which of the two is meant is anybody's guess. Rename one of them in the export. Columns that the map does not read may stand there twice.";
    5305 CSV_NOT_TEXT "csv_not_text" "The file is no text."
        "It begins like a workbook, an archive, a page of HTML or another file that is no table, or no encoding makes words of its letters. Save it as CSV (in a spreadsheet: Save as, CSV UTF-8), or unpack it first. UTF-16 without a byte order mark needs `--encoding utf-16le`, a file of an old Mac `--encoding macintosh`.";
}
