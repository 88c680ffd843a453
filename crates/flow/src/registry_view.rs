//! The registry as other services see it: immutable versions, followed from the topic, read from the object store.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cnt_bus::{Broadcast, BusConfig, BusMetrics, Record};
use cnt_contracts::events::RegistryVersionEvent;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::registry::{AnchorsV1, SnapshotV1, to_registry};
use cnt_contracts::topics::REGISTRY_VERSION;
use cnt_domain::registry::Registry;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::ops::ReadyState;
use cnt_vault::{LotId, LotKind, LotReader, ObjectStore};

use crate::plumbing::PlumbingError;

/// Versions kept in memory: the newest and a few that messages in flight still name.
const VERSIONS_KEPT: usize = 4;

/// Name of the readiness check.
const CHECK: &str = "registry";

/// One version, read.
#[derive(Debug)]
pub struct RegistryVersion {
    /// The registry as the rules see it.
    pub registry: Registry,
    /// The certificates to verify with.
    pub anchors: AnchorsV1,
}

/// What is made of a version of the registry; the last one made is kept.
pub struct ByVersion<T> {
    last: Mutex<Option<(u64, Arc<T>)>>,
}

impl<T> Default for ByVersion<T> {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
        }
    }
}

impl<T> ByVersion<T> {
    /// What `make` makes of the version, once.
    ///
    /// # Errors
    /// What `make` fails with; it is asked again the next time.
    pub fn of<E>(
        &self,
        version: &RegistryVersion,
        make: impl FnOnce(&RegistryVersion) -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let number = version.registry.version;
        // The value is replaced whole: a panic elsewhere leaves nothing half done.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, made)) = last.as_ref()
            && *known == number
        {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(make(version)?);
        *last = Some((number, Arc::clone(&made)));
        Ok(made)
    }
}

/// The versions of the registry, as far as they were announced. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct RegistryView {
    shared: Arc<Shared>,
}

struct Shared {
    objects: Arc<dyn ObjectStore>,
    state: Mutex<State>,
    announced: Condvar,
}

#[derive(Default)]
struct State {
    snapshots: BTreeMap<u64, Hex32>,
    loaded: BTreeMap<u64, Arc<RegistryVersion>>,
    current: Option<Arc<RegistryVersion>>,
}

impl RegistryView {
    /// Starts following the topic on a worker of its own.
    ///
    /// # Errors
    /// When the worker cannot be started.
    pub fn follow(
        bus: &BusConfig,
        metrics: &BusMetrics,
        objects: &Arc<dyn ObjectStore>,
        context: &ServiceContext,
    ) -> Result<Self, PlumbingError> {
        let view = Self::unfollowed(Arc::clone(objects));
        let broadcast = Broadcast::new(bus.clone(), REGISTRY_VERSION.name, metrics.clone());
        context
            .readiness
            .set(CHECK, ReadyState::NotReady("no version yet".to_owned()));
        let (follower, stop, readiness) = (
            view.clone(),
            context.shutdown.clone(),
            context.readiness.clone(),
        );
        context.spawn_worker("registry", move || {
            let on_record = |record: Record| -> anyhow::Result<()> {
                let event: RegistryVersionEvent = serde_json::from_slice(&record.value)?;
                while let Err(error) = follower.announce(&event) {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "Registry version cannot be read yet"
                    );
                    if stop.wait_timeout(Duration::from_millis(500)) {
                        return Ok(());
                    }
                }
                readiness.set(CHECK, ReadyState::Ready);
                Ok(())
            };
            broadcast.run(on_record, || {}, &stop.flag())?;
            Ok(())
        })?;
        Ok(view)
    }

    /// A view to which versions are announced by hand: for tests and offline tools.
    #[must_use]
    pub fn unfollowed(objects: Arc<dyn ObjectStore>) -> Self {
        let shared = Shared {
            objects,
            state: Mutex::new(State::default()),
            announced: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Takes a version in.
    ///
    /// # Errors
    /// When its snapshot cannot be read.
    pub fn announce(&self, event: &RegistryVersionEvent) -> anyhow::Result<()> {
        let is_known = self.state().snapshots.get(&event.version) == Some(&event.snapshot);
        if is_known {
            return Ok(());
        }
        let version = Arc::new(read(self.shared.objects.as_ref(), event.snapshot)?);
        anyhow::ensure!(
            version.registry.version == event.version,
            "snapshot {} is version {}, not {}",
            event.snapshot,
            version.registry.version,
            event.version
        );
        let mut state = self.state();
        state.snapshots.insert(event.version, event.snapshot);
        keep(&mut state, Arc::clone(&version));
        if state
            .current
            .as_ref()
            .is_none_or(|current| current.registry.version < event.version)
        {
            state.current = Some(version);
        }
        drop(state);
        self.shared.announced.notify_all();
        Ok(())
    }

    /// The newest version; none before the first was announced.
    #[must_use]
    pub fn current(&self) -> Option<Arc<RegistryVersion>> {
        self.state().current.clone()
    }

    /// Exactly this version, waiting for it to be announced; `None` when it did not come in time.
    ///
    /// # Errors
    /// When its snapshot cannot be read again.
    pub fn version(
        &self,
        number: u64,
        wait: Duration,
    ) -> anyhow::Result<Option<Arc<RegistryVersion>>> {
        let deadline = Instant::now() + wait;
        let mut state = self.state();
        loop {
            if let Some(version) = state.loaded.get(&number) {
                return Ok(Some(Arc::clone(version)));
            }
            if let Some(snapshot) = state.snapshots.get(&number).copied() {
                drop(state);
                let version = Arc::new(read(self.shared.objects.as_ref(), snapshot)?);
                keep(&mut self.state(), Arc::clone(&version));
                return Ok(Some(version));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            state = self
                .shared
                .announced
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is replaced whole: a panic elsewhere leaves nothing half done.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(state: &mut State, version: Arc<RegistryVersion>) {
    state.loaded.insert(version.registry.version, version);
    while state.loaded.len() > VERSIONS_KEPT {
        state.loaded.pop_first();
    }
}

fn read(objects: &dyn ObjectStore, snapshot: Hex32) -> anyhow::Result<RegistryVersion> {
    let object = objects.get(LotKind::Registry, LotId::from_bytes(snapshot.0))?;
    let reader = LotReader::open(object)?;
    let member = reader
        .find("snapshot")?
        .ok_or_else(|| anyhow::anyhow!("the registry object holds no snapshot"))?;
    let wire: SnapshotV1 = serde_json::from_slice(&reader.read(member)?)?;
    let registry = to_registry(&wire)?;
    Ok(RegistryVersion {
        registry,
        anchors: wire.anchors,
    })
}
