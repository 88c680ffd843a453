//! What the services of one process share: the broker, the object store, the registry.

use std::path::PathBuf;
use std::sync::Arc;

use cnt_bus::{
    BusConfig, BusError, BusMetrics, LotConsumerConfig, Producer, ProducerConfig, Security,
};
use cnt_contracts::topics::Topic;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::config::{BrokerSection, DatabaseSection, ObjectsSection};
use cnt_store::{DatabaseConfig, StoreMetrics};
use cnt_vault::{LocalStore, ObjectStore};

use crate::handler::FlowSetup;
use crate::registry_view::RegistryView;

/// How to reach what is shared.
#[derive(Clone, Debug)]
pub struct PlumbingConfig {
    /// The broker.
    pub bus: BusConfig,
    /// Directory of the object store.
    pub objects_dir: PathBuf,
}

impl PlumbingConfig {
    /// From the sections that every service's configuration has.
    #[must_use]
    pub fn new(broker: &BrokerSection, objects: &ObjectsSection, client_id: &str) -> Self {
        Self {
            bus: bus(broker, client_id),
            objects_dir: objects.dir.clone(),
        }
    }
}

/// Why the shared parts could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum PlumbingError {
    /// The broker's client refused its configuration.
    #[error("cannot set up the broker's client")]
    Bus(#[from] BusError),
    /// A thread could not be started.
    #[error("cannot start a worker")]
    Worker(#[from] cnt_service_kit::BootError),
    /// Metrics were registered twice.
    #[error("cannot register metrics")]
    Metrics(#[source] anyhow::Error),
}

/// The shared parts. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Plumbing {
    /// How to reach the broker.
    pub bus: BusConfig,
    /// Metrics of the bus, registered once per process.
    pub bus_metrics: BusMetrics,
    /// The process's producer.
    pub producer: Arc<Producer>,
    /// The object store.
    pub objects: Arc<dyn ObjectStore>,
    /// The registry as it is followed by this process.
    pub registry: RegistryView,
}

impl Plumbing {
    /// Sets the shared parts up and starts following the registry and the legal clock.
    ///
    /// # Errors
    /// See [`PlumbingError`].
    pub fn start(config: &PlumbingConfig, context: &ServiceContext) -> Result<Self, PlumbingError> {
        let bus_metrics = BusMetrics::register(&context.registry)?;
        let producer = Producer::new(
            &ProducerConfig::new(config.bus.clone()),
            bus_metrics.clone(),
        )?;
        let objects: Arc<dyn ObjectStore> = Arc::new(LocalStore::new(&config.objects_dir));
        let registry = RegistryView::follow(&config.bus, &bus_metrics, &objects, context)?;
        crate::follow_legal_clock(&config.bus, &bus_metrics, context)?;
        Ok(Self {
            bus: config.bus.clone(),
            bus_metrics,
            producer: Arc::new(producer),
            objects,
            registry,
        })
    }

    /// The same parts for another service of this process, which sends and reads as its own principal.
    ///
    /// # Errors
    /// When the broker's client refuses its configuration.
    pub fn for_service(
        &self,
        broker: &BrokerSection,
        service: &str,
    ) -> Result<Self, PlumbingError> {
        let bus = bus(broker, service);
        let config = ProducerConfig::new(bus.clone());
        let producer = Producer::new(&config, self.bus_metrics.clone())?;
        Ok(Self {
            bus,
            producer: Arc::new(producer),
            ..self.clone()
        })
    }

    /// What a flow of a service needs, reading a topic as a group of its own.
    ///
    /// # Errors
    /// When the service's metrics are registered already.
    pub fn flow(
        &self,
        context: &ServiceContext,
        database: DatabaseConfig,
        group: &str,
        topics: &[Topic],
    ) -> Result<FlowSetup, PlumbingError> {
        let names = topics.iter().map(|topic| topic.name);
        let store_metrics = StoreMetrics::register(&context.registry, context.service_name)
            .map_err(|error| PlumbingError::Metrics(error.into()))?;
        Ok(FlowSetup {
            consumer: LotConsumerConfig::new(self.bus.clone(), group, names),
            database,
            producer: Arc::clone(&self.producer),
            bus_metrics: self.bus_metrics.clone(),
            store_metrics,
        })
    }
}

/// A broker section as the bus wants it.
fn bus(section: &BrokerSection, client_id: &str) -> BusConfig {
    let mut config = BusConfig::plaintext(&section.bootstrap, client_id);
    if let Some(sasl) = &section.sasl {
        config.security = Security::Scram {
            username: sasl.username.clone(),
            password_file: sasl.password_file.clone(),
            tls: sasl.tls,
            ca_file: sasl.ca_file.clone(),
        };
    }
    config
}

/// A database section as the store wants it.
#[must_use]
pub fn database(section: &DatabaseSection, service: &str) -> DatabaseConfig {
    let mut config = DatabaseConfig::new(section.conninfo.expose(), format!("cnt-{service}"));
    config.pool_size = usize::try_from(section.pool_size.get()).unwrap_or(1);
    config.statement_timeout_ms = section.statement_timeout_ms;
    config
}
