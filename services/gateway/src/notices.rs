//! Wakes readers that wait for receipts of their collectivity.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// One channel per collectivity that somebody ever waited for: as many as the registry has, at most.
#[derive(Clone, Default)]
pub(crate) struct Notices {
    channels: Arc<Mutex<HashMap<i32, watch::Sender<u64>>>>,
}

impl Notices {
    /// Sees every notice from now on. Subscribe, then look into the database, then wait: nothing is missed between.
    pub(crate) fn subscribe(&self, siren: i32) -> watch::Receiver<u64> {
        self.lock()
            .entry(siren)
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe()
    }

    /// Blocks of these collectivities were committed.
    pub(crate) fn wake(&self, sirens: impl IntoIterator<Item = i32>) {
        let channels = self.lock();
        for siren in sirens {
            if let Some(channel) = channels.get(&siren) {
                channel.send_modify(|count| *count = count.wrapping_add(1));
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i32, watch::Sender<u64>>> {
        // Nothing under the lock can panic half way.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_concerned_are_woken() {
        let notices = Notices::default();
        let (one, two) = (notices.subscribe(1), notices.subscribe(2));
        notices.wake([2, 3]);
        assert!(!one.has_changed().unwrap() && two.has_changed().unwrap());
        assert!(!notices.subscribe(2).has_changed().unwrap());
    }
}
