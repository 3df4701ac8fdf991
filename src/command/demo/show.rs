//! The show: sends the month at its pace, hears what the service says of it, and prints that as it comes.
//!
//! One thread does both, so that the audience sees things in their order. This file refuses to know how the service works: it knows
//! topics only, as any producer and any subscriber does.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::clock::VirtualClock;
use super::hear::Ear;
use super::month::{Input, Month, Posting};
use super::pace;
use super::progress::Progress;
use super::sellers::Sellers;
use super::service::{Interrupt, Running};
use super::view::agreement::Agreement;
use super::view::moments;
use super::view::summary::Sent;
use super::view::tally::Tally;
use super::view::words::when;
use crate::command::terminal::{Paint, count};
use crate::contract::Timestamp;
use crate::contract::time::HOUR_MS;
use crate::kafka::audience::{Sender, Tail};
use crate::pipeline::Clock as _;

/// How long the service may take to answer what was sent: tenths of a second are usual.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
/// How long sending may take.
const SEND_PATIENCE: Duration = Duration::from_secs(30);
/// How long the show listens before it looks at the clock again.
const LISTEN: Duration = Duration::from_millis(10);
/// How often the show listens for what time has brought.
const AFTERMATH: usize = 5;
/// The most records that may wait for an answer: a slow machine slows the month down, and nothing is out of date when it is told.
const MOST_UNANSWERED: usize = 200;
/// How much later than the oldest record without an answer the next one may be, by the month's calendar: points fade with time, and a slow
/// machine must not make another story of it.
const MOST_AHEAD_MS: i64 = 6 * HOUR_MS;

/// What is counted and shown while the month runs.
pub struct Show<'a, W> {
    running: &'a Running,
    clock: &'a VirtualClock,
    interrupt: &'a Interrupt,
    out: &'a mut W,
    paint: Paint,
    progress: Progress,
    sender: Sender,
    tail: Tail,
    ear: Ear,
    agreement: Agreement,
    sellers: Sellers,
    tally: Tally,
    sent: Sent,
    /// When the first record was sent since all were answered, by the month's calendar.
    waiting_since: Timestamp,
}

impl<'a, W: Write> Show<'a, W> {
    /// A show in front of this service.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn new(
        running: &'a Running,
        clock: &'a VirtualClock,
        interrupt: &'a Interrupt,
        out: &'a mut W,
        paint: Paint,
        (agreement, sellers): (Agreement, Sellers),
        records: usize,
    ) -> anyhow::Result<Self> {
        let topics = &running.settings().topics;
        let tail = running.tail(&[&topics.decisions, &topics.leads, &topics.follow_up, &topics.dead_letters, &topics.intake])?;
        let (sender, progress) = (running.sender()?, Progress::new(records));
        let (ear, tally, sent) = (Ear::default(), Tally::default(), Sent::default());
        let waiting_since = Timestamp::EPOCH;
        Ok(Self { running, clock, interrupt, out, paint, progress, sender, tail, ear, agreement, sellers, tally, sent, waiting_since })
    }

    /// Plays the month; `false`: the person ended it early.
    ///
    /// # Errors
    /// The service has died, or does not answer.
    pub fn play(&mut self, month: &Month, length: Duration) -> anyhow::Result<bool> {
        let due = pace::due(month, length);
        let mut chapters = month.chapters.iter().peekable();
        let began = Instant::now();
        for (index, (posting, due)) in month.postings.iter().zip(due).enumerate() {
            while began.elapsed() < due || self.must_wait(posting) {
                if self.interrupt.is_raised() {
                    return Ok(false);
                }
                self.listen(index)?;
            }
            self.let_sellers_work(posting.at, index)?;
            while let Some(chapter) = chapters.next_if(|chapter| chapter.at <= posting.at) {
                self.settle(index)?;
                let lines = moments::chapter(chapter.at, chapter.text, self.paint);
                self.progress.print(self.out, &lines)?;
            }
            self.send(posting)?;
            // Sales has to hear of a lead at once, before the month goes on.
            if posting.may_be_a_lead() {
                self.settle(index)?;
            }
        }
        self.sender.flush(SEND_PATIENCE)?;
        self.let_sellers_work(month.end, month.postings.len())?;
        self.pass(month.end, month.postings.len())?;
        self.progress.end();
        Ok(!self.interrupt.is_raised())
    }

    /// What was heard.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What was sent.
    pub const fn sent(&self) -> Sent {
        self.sent
    }

    /// Whether answers have to come before this record is sent: the story is the same on a machine of any speed.
    fn must_wait(&self, next: &Posting) -> bool {
        // What the CRM says and what people do are different topics: nothing orders them but waiting.
        let facts_first = matches!(next.input, Input::Interactions) && self.ear.facts < self.sent.accounts;
        let ahead = self.unanswered() > 0 && next.at.since_ms(self.waiting_since) > MOST_AHEAD_MS;
        facts_first || ahead || self.unanswered() > MOST_UNANSWERED
    }

    /// Everything that sellers do until then, and everything that is due of leads meanwhile, in its order.
    fn let_sellers_work(&mut self, until: Timestamp, sent: usize) -> anyhow::Result<()> {
        while let Some((at, activity)) = self.sellers.next(until) {
            if self.interrupt.is_raised() {
                break;
            }
            match activity {
                Some(activity) if !self.sellers.is_moot(&activity) => {
                    self.settle(sent)?;
                    self.send(&activity)?;
                    self.settle(sent)?;
                }
                Some(_) => {}
                None => self.pass(at, sent)?,
            }
        }
        Ok(())
    }

    /// Lets time pass until then, on the log too, and hears what it brings.
    fn pass(&mut self, at: Timestamp, sent: usize) -> anyhow::Result<()> {
        self.settle(sent)?;
        self.clock.move_to(at);
        let began = Instant::now();
        while self.running.time_of_leads() < Some(at) && !self.interrupt.is_raised() {
            if began.elapsed() > ANSWER_PATIENCE {
                bail!("no time has passed on the log for a minute");
            }
            self.listen(sent)?;
        }
        // What was committed with it is heard a moment later.
        for _ in 0..AFTERMATH {
            self.listen(sent)?;
        }
        self.settle(sent)
    }

    fn send(&mut self, posting: &Posting) -> anyhow::Result<()> {
        if self.unanswered() == 0 {
            self.waiting_since = posting.at;
        }
        self.clock.move_to(posting.at);
        let topics = &self.running.settings().topics;
        let (topic, count) = match posting.input {
            Input::Interactions => (&topics.interactions, &mut self.sent.interactions),
            Input::Accounts => (&topics.accounts, &mut self.sent.accounts),
            Input::Activities => (&topics.activities, &mut self.sent.activities),
        };
        self.sender.send(topic, &posting.key, &posting.value)?;
        *count += 1;
        Ok(())
    }

    /// Interactions that have no decision and no dead letter yet.
    fn unanswered(&self) -> usize {
        (self.sent.interactions as usize).saturating_sub(self.ear.answers)
    }

    /// Whether all that was sent is answered, and every lead that was decided has been heard.
    fn is_settled(&self) -> bool {
        let told = self.ear.qualified == self.ear.leads && self.ear.asking == 0;
        let taken_in = self.ear.facts >= self.sent.accounts && self.ear.activities >= self.sent.activities;
        self.unanswered() == 0 && taken_in && told
    }

    /// Waits until the service has answered everything, and tells it.
    fn settle(&mut self, sent: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        while !self.is_settled() && !self.interrupt.is_raised() {
            if began.elapsed() > ANSWER_PATIENCE {
                bail!("the service has not answered {} for a minute", count(self.unanswered() as u64, "record"));
            }
            self.listen(sent)?;
        }
        self.tell()
    }

    /// Hears what has come, and tells what has waited long enough.
    fn listen(&mut self, sent: usize) -> anyhow::Result<()> {
        self.running.check()?;
        let mut timeout = LISTEN;
        while let Some(record) = self.tail.next(timeout) {
            self.ear.take(&record, &self.running.settings().topics)?;
            timeout = Duration::ZERO;
        }
        if self.ear.is_due() {
            self.tell()?;
        }
        self.say_how_far(sent)
    }

    fn tell(&mut self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let lines = self.ear.tell(&mut self.tally, (&self.agreement, &mut self.sellers), now, self.paint);
        self.progress.print(self.out, &lines)?;
        Ok(())
    }

    fn say_how_far(&mut self, sent: usize) -> anyhow::Result<()> {
        let message = format!(
            "{}  {} · {} · {} near · {} broken",
            when(self.clock.now()),
            count(self.tally.decisions().into(), "decision"),
            count(self.tally.leads.len() as u64, "lead"),
            self.tally.near_misses,
            self.tally.dead_letters.len(),
        );
        self.progress.at(self.out, sent, message)?;
        Ok(())
    }
}
