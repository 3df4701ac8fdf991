//! 5400: what those who bring a history in files can mend: events that are replayed, outcomes that they are held against.

super::codes! {
    5401 HISTORY_UNREADABLE "history_unreadable" "A file of the history can't be read."
        "The message names the file and has the operating system's words. Nothing was decided. Name a file that exists and that you may read, `-` for standard input, or `topic:interactions` for the topic itself.";
    5402 HISTORY_EMPTY "history_empty" "There is no event to decide about."
        "Events are one JSON document a line: an interaction of the contract, bare or in a CloudEvents envelope. What could not be used is listed above with line and code. A table (CSV) is turned into events by a mapping; a compressed file goes through `zcat FILE | relevo … --events -`. If the lines are good, see whether `--from` and `--to` leave something between them.";
    5403 OUTCOME_WITHOUT_DATE "outcome_without_date" "An outcome does not say when."
        "Without `at` nobody knows whether it came before or after the evidence, so it can't be counted. Give the time at which the sale was closed, as RFC 3339: `2026-11-03T15:00:00Z`. The line was left out, and the rest is used.";
    5404 OUTCOME_OF_NOBODY "outcome_of_nobody" "An outcome names neither an account nor a lead."
        "`account` is an account key (the company's domain, or `company:…`), `lead_id` a lead's identifier (`L-…`): one of the two has to be there. The line was left out, and the rest is used.";
    5405 OUTCOME_UNKNOWN "outcome_unknown" "An outcome is neither `won` nor `lost`."
        "Other states of a sale are no outcome yet. Leave them out of the file, or map them to one of the two. The line was left out, and the rest is used.";
    5406 HISTORY_NOBODY "history_nobody" "Nobody in the history is the one who is asked about."
        "The history has no interaction of this account, or none that opened this lead. An account's key is its registrable domain (`acme.example`), else `company:…` or `person:…`: decisions have it as `account_key`. The intake log reaches back only as far as its retention, and a lead's identifier comes from the interaction that opened it.";
    5407 REPORT_UNWRITABLE "report_unwritable" "The page of a report can't be written."
        "The message names the file and has the operating system's words. The report itself was printed. Name a file in a folder that exists and that you may write to.";
}
