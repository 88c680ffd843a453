//! The service: two flows and the API.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use cnt_bus::LotConsumerConfig;
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT};
use cnt_evidence::{Salt, VerifierKey};
use cnt_flow::Plumbing;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::http::{Problem, extractors};
use cnt_service_kit::ops::ReadyState;
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::{DatabaseConfig, PgConnection, Pool, connect, migrate};
use cnt_vault::{
    Digest, LotId, LotKind, LotReader, MemberLocation, ObjectStore, ReadError, StoreError,
};

use crate::config::Config;
use crate::db::{self, DocumentRow};
use crate::http::{Api, routes};
use crate::metrics::Metrics;
use crate::publish;
use crate::tiles::TileFiles;
use crate::work::ArchiveWork;

/// Consumer group of the document lots.
const GROUP: &str = "archive";
/// Consumer group of the verdict lots.
const GROUP_VERDICT: &str = "archive-verdict";
/// Lots registered in one transaction at most; each may name some thousand documents.
const LOTS_AT_ONCE: usize = 8;
/// Pause while the database starts.
const DATABASE_PAUSE: Duration = Duration::from_millis(250);
/// The only bodies are the forms of the search page.
const BODY_BYTES_MAX: usize = 8_192;

/// Runs the archive until the stop is requested.
///
/// # Errors
/// When the schema cannot be brought up to date, the address of the API cannot be bound, or the broker's client
/// refuses its configuration. A failure of a flow stops the process by its context.
pub async fn run(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
) -> anyhow::Result<()> {
    let database = cnt_flow::database(&config.database, crate::NAME);
    let metrics = Metrics::register(&context.registry)?;
    context
        .readiness
        .set("database", ReadyState::NotReady("starting".to_owned()));
    let tiles = TileFiles::new(&config.objects.dir);
    let (wanted, files, stop) = (database.clone(), tiles.clone(), context.shutdown.clone());
    if !web::block(move || prepare_schema(&wanted, &files, &stop)).await?? {
        return Ok(());
    }
    context.readiness.set("database", ReadyState::Ready);
    spawn_flows(&context, &plumbing, &database, &tiles, &metrics)?;
    let verifier = spawn_publisher(&context, &config, &database, &tiles, &metrics)?;
    let api = Api {
        pool: Pool::new(database)?,
        objects: plumbing.objects.clone(),
        metrics,
        tiles,
        key: verifier,
    };
    serve(
        TcpListener::bind(config.http.listen)?,
        api,
        &context.shutdown,
    )
    .await
}

/// Brings the schema up to date as soon as the database answers; false when the stop came first.
fn prepare_schema(
    database: &DatabaseConfig,
    tiles: &TileFiles,
    stop: &Shutdown,
) -> anyhow::Result<bool> {
    let prepared = || {
        let mut conn = connect(database)?;
        migrate(&mut conn, &db::MIGRATIONS)?;
        Ok::<_, cnt_store::StoreError>(conn)
    };
    loop {
        match prepared() {
            Ok(mut conn) => {
                bring_evidence(&mut conn, tiles)?;
                return Ok(true);
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Database is not there yet"
                );
            }
            Err(error) => return Err(error.into()),
        }
        if stop.wait_timeout(DATABASE_PAUSE) {
            return Ok(false);
        }
    }
}

/// Brings salts and checkpoint that an earlier version kept in the database alone to the objects.
fn bring_evidence(conn: &mut PgConnection, tiles: &TileFiles) -> anyhow::Result<()> {
    loop {
        let lots = db::unkept_salts(conn)?;
        if lots.is_empty() {
            break;
        }
        for lot in &lots {
            let salts = lot.salts.as_chunks::<32>().0.iter();
            let salts: Vec<_> = salts.map(|salt| Salt::from_bytes(*salt)).collect();
            tiles.keep_salts(lot.lot_id.as_slice().try_into()?, &salts)?;
        }
        let firsts: Vec<_> = lots.iter().map(|lot| lot.first).collect();
        db::salts_kept(conn, &firsts)?;
    }
    if let (None, Some((_, note))) = (tiles.checkpoint()?, db::latest_checkpoint(conn)?) {
        tiles.keep_checkpoint(&note)?;
    }
    Ok(())
}

fn spawn_flows(
    context: &ServiceContext,
    plumbing: &Plumbing,
    database: &DatabaseConfig,
    tiles: &TileFiles,
    metrics: &Metrics,
) -> anyhow::Result<()> {
    let mut documents = plumbing.flow(context, database.clone(), GROUP, &[DOCUMENT_LOT])?;
    documents.consumer.lot_records_max = LOTS_AT_ONCE;
    let mut verdicts = documents.clone();
    verdicts.consumer =
        LotConsumerConfig::new(plumbing.bus.clone(), GROUP_VERDICT, [MIF_VERDICT.name]);
    for (name, setup) in [("lots", documents), ("verdict-lots", verdicts)] {
        let work = ArchiveWork::new(plumbing.objects.clone(), tiles.clone(), metrics.clone());
        let worker = context.clone();
        context.spawn_worker(name, move || cnt_flow::run(&setup, work, &worker))?;
    }
    Ok(())
}

/// Publishes the evidence beside the flows; the key that verifies it, if there is one.
fn spawn_publisher(
    context: &ServiceContext,
    config: &Config,
    database: &DatabaseConfig,
    tiles: &TileFiles,
    metrics: &Metrics,
) -> anyhow::Result<Option<VerifierKey>> {
    let file = &config.evidence.key_file;
    if file.as_os_str().is_empty() {
        tracing::warn!("No signing key is configured: no evidence is published");
        return Ok(None);
    }
    let key = publish::read_key(file)?;
    let verifier = key.verifier().clone();
    let (database, tiles, metrics) = (database.clone(), tiles.clone(), metrics.clone());
    let stop = context.shutdown.clone();
    context.spawn_worker("evidence", move || {
        publish::run(database, &tiles, &key, &metrics, &stop);
        Ok(())
    })?;
    Ok(Some(verifier))
}

async fn serve(listener: TcpListener, api: Api, shutdown: &Shutdown) -> anyhow::Result<()> {
    tracing::info!(http.address = %listener.local_addr()?, "The archive's API is served");
    let application = move || {
        App::new()
            .configure(extractors(BODY_BYTES_MAX))
            .configure(routes(api.clone()))
    };
    let server = HttpServer::new(application)
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
    let (handle, stop) = (server.handle(), shutdown.clone());
    actix_web::rt::spawn(async move {
        stop.requested().await;
        handle.stop(true).await;
    });
    Ok(server.await?)
}

/// The bytes of a document, read by its location and checked against its SHA-256. Blocks.
pub(crate) fn read_document(
    objects: &dyn ObjectStore,
    row: &DocumentRow,
    metrics: &Metrics,
) -> Result<web::Bytes, Problem> {
    let damaged = |error: anyhow::Error| {
        metrics.damages_total.inc();
        tracing::error!(
            lot.id = hex::encode(&row.lot_id),
            error = format!("{error:#}"),
            "An archived object is damaged or missing"
        );
        let mut problem = Problem::internal(error);
        problem.code = "ARCHIVE_DAMAGED";
        "The archived object is not what it was; nothing is given out"
            .clone_into(&mut problem.detail);
        problem
    };
    let unavailable =
        |error: anyhow::Error| Problem::unavailable("The object store does not answer", error);
    let (id, location) = location_of(row).map_err(Problem::internal)?;
    let source = objects
        .open(LotKind::Document, id)
        .map_err(|error| match error {
            StoreError::Corrupt { .. } | StoreError::NotFound { .. } => damaged(error.into()),
            _ => unavailable(error.into()),
        })?;
    let read =
        LotReader::open_at(source).and_then(|reader| reader.read_at(&row.member_id, &location));
    read.map_err(|error| match error {
        ReadError::Source(_) => unavailable(error.into()),
        _ => damaged(error.into()),
    })
}

/// Where a row says that its document lies.
fn location_of(row: &DocumentRow) -> anyhow::Result<(LotId, MemberLocation)> {
    let lot: [u8; 32] = row.lot_id.as_slice().try_into()?;
    let sha256: [u8; 32] = row.sha256.as_slice().try_into()?;
    let location = MemberLocation {
        frame_offset: u64::try_from(row.frame_offset)?,
        frame_length: u64::try_from(row.frame_length)?,
        frame_size: u64::try_from(row.frame_size)?,
        inner_offset: u64::try_from(row.inner_offset)?,
        size: u64::try_from(row.size)?,
        forme: row.forme.map(u32::try_from).transpose()?,
        sha256: Digest::from_bytes(sha256),
    };
    Ok((LotId::from_bytes(lot), location))
}
