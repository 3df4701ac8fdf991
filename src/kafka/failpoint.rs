//! Places at which a test may make a worker halt, die or panic, to see what the others do; and a clock that a test may set wrong.
//!
//! Only builds with debug assertions have them, and only where `RELEVO_FAILPOINTS` is set: a release has no such code. One or
//! more points, with `;` between them: `PLACE/DETAIL=ACTION@COUNT`, where DETAIL is a part of what the place says of itself (may be
//! empty), ACTION is `halt:MS`, `abort` or `panic`, and COUNT is at which arrival it acts, once (absent: at each).

/// The worker's thread arrives at a place that a test may have named. `detail` says which worker, or which record.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reach(_place: &str, _detail: &str) {}

/// By how much a test wants this process's clock to be wrong, in ms; positive: ahead.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub const fn clock_ahead_ms() -> i64 {
    0
}

#[cfg(debug_assertions)]
pub use armed::reach;
#[cfg(debug_assertions)]
pub use wrong_clock::clock_ahead_ms;

/// A clock that a test sets wrong: `RELEVO_FAILCLOCK` names a file, and the file says by how many ms it is ahead. It is read again when
/// it is older than a tenth of a second.
#[cfg(debug_assertions)]
mod wrong_clock {
    use std::path::PathBuf;
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::time::{Duration, Instant};

    const LOOK_EVERY: Duration = Duration::from_millis(100);

    /// By how much a test wants this process's clock to be wrong, in ms; positive: ahead.
    pub fn clock_ahead_ms() -> i64 {
        static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
        static SEEN: Mutex<Option<(Instant, i64)>> = Mutex::new(None);
        let Some(file) = FILE.get_or_init(|| std::env::var_os("RELEVO_FAILCLOCK").map(PathBuf::from)) else { return 0 };
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some((at, ahead_ms)) if at.elapsed() < LOOK_EVERY => ahead_ms,
            _ => {
                let text = std::fs::read_to_string(file).expect("a test's own file");
                let ahead_ms = text.trim().parse().expect("a count of milliseconds");
                *seen = Some((Instant::now(), ahead_ms));
                ahead_ms
            }
        }
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    #[derive(Debug, PartialEq, Eq)]
    enum Action {
        Halt(Duration),
        Abort,
        Panic,
    }

    #[derive(Debug)]
    struct Point {
        place: String,
        detail: String,
        action: Action,
        /// 0: at each arrival.
        count: u64,
        arrivals: AtomicU64,
    }

    /// The worker's thread arrives at a place that a test may have named. `detail` says which worker, or which record.
    pub fn reach(place: &str, detail: &str) {
        static POINTS: OnceLock<Vec<Point>> = OnceLock::new();
        let points = POINTS.get_or_init(|| std::env::var("RELEVO_FAILPOINTS").map_or_else(|_| Vec::new(), |text| parse(&text)));
        for point in points.iter().filter(|point| point.place == place && detail.contains(&point.detail)) {
            let arrival = point.arrivals.fetch_add(1, Ordering::Relaxed) + 1;
            if point.count == 0 || point.count == arrival {
                act(point);
            }
        }
    }

    fn act(point: &Point) {
        tracing::warn!(place = point.place, action = ?point.action, "failpoint");
        match point.action {
            Action::Halt(length) => std::thread::sleep(length),
            Action::Abort => std::process::abort(),
            Action::Panic => panic!("a failpoint's panic"),
        }
    }

    /// Reads the points; a mistake in a test's own text is worth a panic.
    fn parse(text: &str) -> Vec<Point> {
        text.split(';').map(str::trim).filter(|text| !text.is_empty()).map(point).collect()
    }

    fn point(text: &str) -> Point {
        let (whereabouts, what) = text.split_once('=').unwrap_or_else(|| panic!("failpoint without action: {text}"));
        let (place, detail) = whereabouts.split_once('/').unwrap_or((whereabouts, ""));
        let (action, count) = what.split_once('@').unwrap_or((what, "0"));
        let action = match action.split_once(':') {
            Some(("halt", ms)) => Action::Halt(Duration::from_millis(ms.parse().expect("milliseconds"))),
            None if action == "abort" => Action::Abort,
            None if action == "panic" => Action::Panic,
            _ => panic!("no such action: {action}"),
        };
        Point {
            place: place.to_owned(),
            detail: detail.to_owned(),
            action,
            count: count.parse().expect("a count"),
            arrivals: AtomicU64::new(0),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn points_are_read() {
            let points = parse("commit.before_offsets/decide=halt:900@5; step/acme.example=panic;x=abort");
            let read: Vec<_> =
                points.iter().map(|point| (point.place.as_str(), point.detail.as_str(), &point.action, point.count)).collect();
            assert_eq!(
                read,
                [
                    ("commit.before_offsets", "decide", &Action::Halt(Duration::from_millis(900)), 5),
                    ("step", "acme.example", &Action::Panic, 0),
                    ("x", "", &Action::Abort, 0),
                ]
            );
        }
    }
}
