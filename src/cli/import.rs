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
    /// goes to a file of rejects with its line and the reason, and the rest goes on. Files of any size: rows are read one by one.
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
number is read; `default` stands in for nothing. A date is in a pattern of strptime, or rfc3339,
epoch_seconds or epoch_milliseconds. A map is checked whole before a row is read, and all its
mistakes are told at once.

Exit status:
  0   every row went through, or was passed over by the map's own `when`
  1   rows were rejected, and the others are written; or the file could not be read to its end
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
    /// Write a first map, guessed from the header and a sample of rows
    #[arg(long)]
    pub guess: bool,
    /// Where the events go (with --guess, the map); without it to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where rejected rows are listed; without it beside the events, as NAME.rejects.csv, if there are any
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// What parts the cells, one character or `tab`; without it the header tells
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<char>,
    /// The file's encoding, such as windows-1252 or utf-16le; without it its first bytes tell
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// List the maps that come with Relevo
    #[arg(long, exclusive = true)]
    pub list_maps: bool,
    /// Print a map that comes with Relevo
    #[arg(long, value_name = "NAME", exclusive = true)]
    pub print_map: Option<String>,
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
