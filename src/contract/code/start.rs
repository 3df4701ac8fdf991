//! 3000: what those who configure and deploy can mend. The service does not start, and exits with 78.

super::codes! {
    3001 CONFIG_UNREADABLE "config_unreadable" "The configuration file can't be read."
        "The message names the file. Check the path given with `--config`, its permissions, and that it is YAML.";
}
