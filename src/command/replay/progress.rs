//! How far a long reading has come: a line that moves on a terminal, nothing in a pipe.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(200);
/// So many steps are told at once: telling each would cost more than taking it.
const STRIDE: u64 = 1_024;

/// The progress of one part of the work.
pub struct Progress {
    bar: ProgressBar,
    done: u64,
}

impl Progress {
    /// `what` is done, in `total` steps; 0: nobody knows how many.
    pub fn new(what: &'static str, total: u64) -> Self {
        let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target((total > 0).then_some(total), target);
        let template = if total > 0 { "{msg:>10} {bar:32} {percent:>3} %, {eta} left" } else { "{msg:>10} {human_pos}" };
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
        bar.set_message(what);
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self { bar, done: 0 }
    }

    /// One step more.
    pub fn step(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(STRIDE) {
            self.bar.set_position(self.done);
        }
    }

    /// So many steps are done.
    pub fn at(&mut self, done: u64) {
        if done >= self.done + STRIDE {
            self.done = done;
            self.bar.set_position(done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
