//! 2000: what writers of rulebooks can mend. A file with one of these never replaces the law in force.

super::codes! {
    2001 RULEBOOK_YAML "rulebook_yaml" "The file is not YAML."
        "The place is the first character that does not fit. Indentation and unquoted colons are the usual causes. The rulebook in force stays in force.";
}
