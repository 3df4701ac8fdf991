//! Closing a client that is a member of a group, without waiting for ever.
//!
//! librdkafka closes such a client when the group's last word was answered. Where the answer and the
//! group's next word cross, it may wait for an answer that nobody takes any more: a client was seen to
//! wait so for 40 minutes. Whoever ends must end, so the wait has a bound. A client that is not closed by
//! then is left behind, with its thread, until the process ends; the group forgets it after its session.

use std::ops::Deref;
use std::sync::mpsc::channel;
use std::time::Duration;

/// How long closing may take: the last answer and the word of leaving are two questions to the coordinator.
const PATIENCE: Duration = Duration::from_secs(15);

/// A client that is closed when this is dropped.
pub(super) struct Closing<C: Send + 'static>(Option<C>);

impl<C: Send + 'static> Closing<C> {
    /// Of this client.
    pub fn of(client: C) -> Self {
        Self(Some(client))
    }
}

impl<C: Send + 'static> Deref for Closing<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.0.as_ref().expect("it is there until this is dropped")
    }
}

impl<C: Send + 'static> Drop for Closing<C> {
    fn drop(&mut self) {
        let Some(client) = self.0.take() else { return };
        close(client, PATIENCE);
    }
}

/// Closes a client; false: it was left behind.
fn close<C: Send + 'static>(client: C, patience: Duration) -> bool {
    let (closed, is_closed) = channel();
    let closes = move || {
        drop(client);
        let _ = closed.send(()); // nobody waits any more
    };
    // A machine that gives no thread drops what was to be closed on it, and that closes it here.
    if let Err(error) = std::thread::Builder::new().name("close".to_owned()).spawn(closes) {
        tracing::debug!(target: "relevo::kafka", %error, "closing a client on this thread");
        return true;
    }
    let is_closed = is_closed.recv_timeout(patience).is_ok();
    if !is_closed {
        tracing::warn!(
            target: "relevo::kafka",
            seconds = patience.as_secs(),
            "a client of Kafka is not closed after all this time; it is left behind"
        );
    }
    is_closed
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;

    use super::*;

    /// Closes when it is told to.
    struct Slow(Receiver<()>);

    impl Drop for Slow {
        fn drop(&mut self) {
            let _ = self.0.recv();
        }
    }

    #[test]
    fn who_ends_does_not_wait_for_ever_for_a_client_that_does_not_close() {
        let (go, waits) = channel();
        assert!(!close(Slow(waits), Duration::from_millis(20)), "left behind");
        drop(go);
        let (go, waits) = channel();
        drop(go);
        assert!(close(Slow(waits), Duration::from_secs(60)));
    }
}
