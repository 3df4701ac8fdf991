//! Arguments of `relevo import …`. It refuses to know what a map says.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Turn a CSV file into events or outcomes, one JSON document a line, by a map
    ///
    /// A map is a YAML file that says for each field of the event which column it comes from, and what is done to it on the way.
    /// Maps for Salesforce and HubSpot come with Relevo; `--guess` writes a first one for any other file. A row that can't be turned
    /// goes to a file of rejects with its line and the reason, and the rest goes on. Files of any size: rows are read one by one, twice.
    #[command(after_help = IMPORT_EXAMPLES)]
    Csv(ImportCsvArguments),
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  relevo import csv members.csv --map salesforce-campaign-members --out events.ndjson
  relevo import csv deals.csv --map hubspot-deals --out outcomes.ndjson
  relevo import csv fair.csv --guess --out map.yaml       a first map: read it, complete it
  relevo import csv fair.csv --map map.yaml --out events.ndjson
  relevo import csv --list-maps                           what comes with Relevo
  relevo import csv --print-map salesforce-leads > map.yaml

A map, with most of what there is:
  api: relevo/v1
  kind: Map
  of: interactions                                  # or outcomes: what was won, what was lost
  time_zone: America/Mexico_City                    # of times that don't say theirs
  nothing: [\"-\", n/a]                               # cells that mean nothing
  when: [{ column: Type, in: [Webinar, \"Fair *\"] }] # the rows to take; also not_in, present
  fields:
    interaction_id: { join: [Email, Date], with: \"/\", hash: true }
    occurred_at: { column: Date, date: [\"%d/%m/%Y %H:%M\", rfc3339] }
    kind:
      column: Status
      lookup: { Attended: attended, \"*demo*\": demo_requested }
      otherwise: invited                            # without it other values are rejected
    campaign.id: { constant: fair-2026 }
    person.id: { column: [Contact ID, Lead ID], prefix: crm- }
    person.role: { column: Title, slug: true }      # Plant Manager: plant_manager
    company.domain: { column: Website, optional: true } # the file may be without it
    declared.budget_usd: { column: Budget, decimal: \",\", times: 0.054 }
    attributes.plants: { column: Plants, type: int, default: 1 }
    attributes.sap: { column: Systems, split: { by: \";\", contains: SAP }, type: bool }

More steps: `split: { by: \";\", part: 1 }`, `keep_others: true` beside a lookup, `required: true`.
Steps are done in this order: column or join, split, lookup, slug, hash, prefix; then a date or a
number is read; `default` stands in for nothing. A map is checked whole before a row is read, and
all its mistakes are told at once.

A date is in a pattern of strptime, or in one of these: day_first, month_first and year_first
(however it is written), detect (the column says which), rfc3339, epoch_seconds,
epoch_milliseconds, epoch_microseconds, epoch_days, serial_days (a spreadsheet's). An amount that
has its currency in a column says `currency: Currency`, or `currency: { constant: EUR }`; what it is
worth in US dollars stands above `fields`: `rates: { MXN: 0.055, EUR: [{ from: 2026-01-01, usd: 1.08 }] }`.
A column that says who does not want to be written to: `refused: true`, or `refused_by: [Unsubscribed]`
beside a column that says who does.

All rows are read before the first event is made. What a column of 03/11/2026, or of 12.500, means
is said by the whole of it; where that does not tell, nothing of it is guessed: `--dates` and
`--decimal` say it. A value that an event can do without, and that can't be read, is left out and
counted; a row is rejected for what an event needs.

Exit status:
  0   every row went through, or was passed over by the map's own `when`
  1   rows were rejected, and the others are written; or nothing or nearly nothing went through;
      or the file could not be read to its end
  2   the command line is wrong
  78  the map has an error, or does not fit the file: nothing was imported";

/// Arguments of `import csv`.
#[derive(Args, Debug)]
pub struct ImportCsvArguments {
    /// The CSV file; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["list_maps", "print_map"])]
    pub file: Option<PathBuf>,
    /// The map: a file, or the name of one that comes with Relevo
    #[arg(long, value_name = "MAP", conflicts_with = "guess")]
    pub map: Option<PathBuf>,
    /// Write a first map, guessed from the header and all rows
    #[arg(long)]
    pub guess: bool,
    /// Where the events go (with --guess, the map); without it to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where rejected rows are listed; without it beside the events, as NAME.rejects.csv, if there are any
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// What parts the cells, one character or `tab`; without it the rows tell
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<char>,
    /// The file's encoding, such as windows-1252 or macintosh; without it its bytes tell
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// The line that names the columns, counted from 1; without it the first that looks like it
    #[arg(long, value_name = "LINE", value_parser = clap::value_parser!(u64).range(1..))]
    pub header_line: Option<u64>,
    /// How dates such as 03/11/2026 are read where the column does not tell: day-first or month-first
    #[arg(long, value_name = "ORDER", value_parser = ["day-first", "month-first", "year-first"])]
    pub dates: Option<String>,
    /// The sign before the decimals, where a column does not tell: `.` or `,`
    #[arg(long, value_name = "SIGN", value_parser = decimal)]
    pub decimal: Option<char>,
    /// List the maps that come with Relevo
    #[arg(long, exclusive = true)]
    pub list_maps: bool,
    /// Print a map that comes with Relevo
    #[arg(long, value_name = "NAME", exclusive = true)]
    pub print_map: Option<String>,
}

fn decimal(text: &str) -> Result<char, String> {
    match text {
        "." => Ok('.'),
        "," => Ok(','),
        _ => Err("`.` or `,`".to_owned()),
    }
}

fn delimiter(text: &str) -> Result<char, String> {
    match text {
        "tab" | "\\t" => Ok('\t'),
        _ => match text.chars().collect::<Vec<_>>()[..] {
            [one] if one.is_ascii() && !matches!(one, '"' | '\n' | '\r') => Ok(one),
            _ => Err("one character of ASCII, or `tab`".to_owned()),
        },
    }
}
