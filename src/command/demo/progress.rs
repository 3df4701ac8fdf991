//! How far the month has come: a line that moves on a terminal, a line now and then in a pipe.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::view::WIDTH;

/// How often the moving line is drawn anew even if nothing happens.
const TICK: Duration = Duration::from_millis(200);
/// How many lines a pipe gets.
const PLAIN_STEPS: u64 = 4;

/// The progress of the show.
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    told: u64,
}

impl Progress {
    /// For `records` records: it moves where both outputs are terminals.
    pub fn new(records: usize) -> Self {
        let moves = io::stdout().is_terminal() && io::stderr().is_terminal();
        let target = if moves { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(records as u64), target);
        let template = format!("{{bar:24}} {{msg:{}!}}", WIDTH - 26);
        bar.set_style(ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
        if moves {
            bar.enable_steady_tick(TICK);
        }
        Self { bar, plain: !moves, told: 0 }
    }

    /// Prints lines above the moving one.
    ///
    /// # Errors
    /// The output is gone.
    pub fn print(&self, out: &mut impl Write, lines: &[String]) -> io::Result<()> {
        self.bar.suspend(|| lines.iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush()))
    }

    /// `sent` records have been sent; `message` says where the month stands.
    ///
    /// # Errors
    /// The output is gone.
    pub fn at(&mut self, out: &mut impl Write, sent: usize, message: String) -> io::Result<()> {
        let total = self.bar.length().unwrap_or(1).max(1);
        let step = sent as u64 * PLAIN_STEPS / total;
        if self.plain && step > self.told {
            self.told = step;
            writeln!(out, "\n   … {message}")?;
            out.flush()?;
        }
        self.bar.set_position(sent as u64);
        self.bar.set_message(message);
        Ok(())
    }

    /// Takes the moving line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
