//! Rendering in parallel on threads of its own.
//!
//! typst uses rayon inside a document. On a rayon worker it would, while it waits for its own parts, steal the next
//! document, and that one the next: documents nest until the stack is full. On plain threads documents never nest.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Stack of a rendering thread: layout recurses with the depth of a template.
const STACK_BYTES: usize = 16 << 20;

/// Applies `work` to every item on so many threads; results in the order of the items.
///
/// # Errors
/// When the system refuses a thread. A panic of `work` goes on in the caller.
pub(crate) fn map_in_order<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> std::io::Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return done;
            };
            done.push((index, work(item)));
        }
    };
    let mut results = thread::scope(|scope| {
        let threads = (0..threads.clamp(1, items.len().max(1)))
            .map(|_| {
                thread::Builder::new()
                    .name("render".to_owned())
                    .stack_size(STACK_BYTES)
                    .spawn_scoped(scope, share)
            })
            .collect::<std::io::Result<Vec<_>>>()?;
        let mut results = Vec::with_capacity(items.len());
        for thread in threads {
            match thread.join() {
                Ok(done) => results.extend(done),
                Err(panic) => resume_unwind(panic),
            }
        }
        Ok::<_, std::io::Error>(results)
    })?;
    results.sort_unstable_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u32> = (0..1_000).collect();
        for threads in [0, 1, 2, 7] {
            let doubled = map_in_order(&items, threads, |item| item * 2).unwrap();
            assert_eq!(
                doubled,
                items.iter().map(|item| item * 2).collect::<Vec<_>>()
            );
        }
        assert!(
            map_in_order(&[] as &[u32], 2, |item| *item)
                .unwrap()
                .is_empty()
        );
    }
}
