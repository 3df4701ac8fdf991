//! The binary as a person at a terminal, a script and Kubernetes meet it: words, exit statuses, pages. No Kafka is needed here.

mod agreement;
mod demo;
mod golden;
mod help;
mod program;
mod rules;
mod run;
mod settings;
#[path = "../ssh/mod.rs"]
mod ssh;
mod topics;
