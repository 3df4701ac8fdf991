//! The binary as a person at a terminal, a script and Kubernetes meet it: words, exit statuses, pages. No Kafka is needed here.

mod agreement;
mod backtest;
mod calendar;
#[path = "../chance/mod.rs"]
mod chance;
mod controls;
mod demo;
mod example;
mod explain;
mod golden;
mod help;
mod history;
mod import;
mod import_kinds;
mod matrix;
mod program;
mod rules;
mod run;
mod settings;
#[path = "../ssh/mod.rs"]
mod ssh;
mod topics;
