//! `cnt bench gateway`: what stations hand in over mutual TLS, beside the same requests against a bare echo server.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context, ensure};
use clap::Args;
use cnt_contracts::commands::bench::BenchGateway;
use cnt_contracts::receipt::SubmissionAcknowledged;
use cnt_loadtest::{Fleet, Generator, GeneratorParams, Stations};
use cnt_service_kit::shutdown::Shutdown;
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::nation::GATEWAY;
use crate::output;
use crate::system::{Layout, RunDir, StartOptions, System};

/// Threads of the echo server: as many as the gateway has.
const ECHO_WORKERS: usize = 2;
/// Largest body the echo server takes: as large as the gateway's.
const ECHO_BODY_MAX: usize = 8 << 20;
/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Submissions of each station before the clock runs: connections, producer and caches are warm then.
const WARM_UP: usize = 3;

/// Arguments of `bench gateway`.
#[derive(Args)]
pub(crate) struct GatewayArgs {
    /// MIFs to hand in; no two are alike.
    #[arg(long, default_value_t = 20_000)]
    mifs: u64,
    /// Stations that send at the same time, each over one connection.
    #[arg(long, default_value_t = 8)]
    stations: usize,
    /// MIFs of a submission.
    #[arg(long, default_value_t = 20)]
    submission: usize,
    /// Seed of the MIFs.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What one station sends: bodies with their seals, made before the clock runs.
struct Sender {
    agent: ureq::Agent,
    submissions: Vec<(String, String)>,
}

/// What a run gave.
struct Run {
    submissions_per_s: f64,
    p99_ms: f64,
}

/// `cnt bench gateway`.
pub(crate) fn run(args: &GatewayArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        args.submission > 0 && args.stations > 0,
        "nothing to measure"
    );
    let directory = tempfile::tempdir()?;
    let run_dir = RunDir::locate(Some(directory.path().join("system")))?;
    output::say("Starting Kafka, PostgreSQL, registry and gateway …");
    let options = StartOptions {
        layout: Layout::Apart,
        only: Some(&["registry", "gateway"]),
        ..StartOptions::default()
    };
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let system = System::start(&run_dir, &options, &shutdown)?;
    output::say("Signing and sealing …");
    let senders = senders(args, &run_dir)?;
    output::say("Handing in …");
    let gateway = system.record().url("gateway")?;
    let measured = measure(&gateway, &senders, |body, sent| {
        let told: SubmissionAcknowledged = serde_json::from_slice(body)?;
        let count = sent.lines().count();
        ensure!(told.acknowledgements.len() == count, "not all acknowledged");
        Ok(())
    })?;
    output::say("The same to a bare echo …");
    let echo = Echo::start(&run_dir)?;
    let echoed = measure(&echo.url, &senders, |body, sent| {
        ensure!(body == sent.as_bytes(), "another body came back");
        Ok(())
    })?;
    echo.stop()?;
    system.stop()?;

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let per_submission = args.submission as f64;
    let result = BenchGateway {
        mif_per_s: measured.submissions_per_s * per_submission,
        stations: u32::try_from(args.stations)?,
        p99_ms: measured.p99_ms,
        echo_mif_per_s: echoed.submissions_per_s * per_submission,
        echo_p99_ms: echoed.p99_ms,
    };
    if args.json {
        output::json(&result)?;
    } else {
        output::line(&format!(
            "gateway {:>8.0} MIF/s, p99 {:.1} ms\necho    {:>8.0} MIF/s, p99 {:.1} ms\nratio   {:>8.2}",
            result.mif_per_s,
            result.p99_ms,
            result.echo_mif_per_s,
            result.echo_p99_ms,
            result.mif_per_s / result.echo_mif_per_s
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// MIFs are dealt out to the first stations of the nation; the gateway does not ask whose they are.
fn senders(args: &GatewayArgs, run_dir: &RunDir) -> anyhow::Result<Vec<Sender>> {
    let now = cnt_service_kit::clock::Clock::system().0.legal_now();
    let nation = run_dir.nation();
    let stations = Stations::load(&nation, crate::demo::now_s)?;
    let names = stations.fingerprints();
    let chosen = names
        .get(..args.stations)
        .with_context(|| format!("the nation has {} stations", names.len()))?;
    let warm_up = args.stations * WARM_UP * args.submission;
    let total = args.mifs + u64::try_from(warm_up)?;
    let params = GeneratorParams {
        bad_share: 0.0,
        replay_share: 0.0,
        conflict_share: 0.0,
        ..GeneratorParams::new(args.seed, total, now)
    };
    let generator = Generator::of_fleet(Fleet::load(&nation)?, &params)?;
    let mut mifs: Vec<String> = generator
        .chunk(0..total)?
        .into_iter()
        .map(|mif| mif.compact)
        .collect();
    let each = mifs.len() / args.stations;
    chosen
        .iter()
        .map(|station| {
            let mine = mifs.split_off(mifs.len() - each);
            let sealer = stations.sealer(*station)?;
            let submissions = mine
                .chunks_exact(args.submission)
                .map(|chunk| Ok((chunk.join("\n"), sealer.seal(chunk)?)))
                .collect::<anyhow::Result<Vec<_>>>()?;
            ensure!(
                submissions.len() > WARM_UP,
                "too few MIFs for so many stations and so large submissions"
            );
            Ok(Sender {
                agent: ureq::Agent::config_builder()
                    .tls_config(stations.tls(*station)?)
                    .http_status_as_error(false)
                    .timeout_global(Some(ANSWER_TIMEOUT))
                    .build()
                    .into(),
                submissions,
            })
        })
        .collect()
}

/// All stations send at the same time, each the next submission when the last is answered.
fn measure(
    url: &str,
    senders: &[Sender],
    check: impl Fn(&[u8], &str) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<Run> {
    let url = format!("{url}/v1/mifs");
    let send = |sender: &Sender, (body, seal): &(String, String)| -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let mut answer = sender
            .agent
            .post(&url)
            .header("CNT-Seal", seal)
            .content_type("application/jose-lines")
            .send(body.as_str())?;
        let status = answer.status();
        let text = answer.body_mut().read_to_vec()?;
        let took = begun.elapsed();
        ensure!(
            status.as_u16() == 202,
            "{status}: {}",
            String::from_utf8_lossy(&text)
        );
        check(&text, body)?;
        Ok(took)
    };
    let all = |range: fn(&Sender) -> &[(String, String)]| -> anyhow::Result<Vec<Duration>> {
        let send = &send;
        std::thread::scope(|scope| {
            let threads: Vec<_> = senders
                .iter()
                .map(|sender| {
                    scope.spawn(move || {
                        let each = range(sender).iter();
                        each.map(|one| send(sender, one))
                            .collect::<Result<Vec<_>, _>>()
                    })
                })
                .collect();
            let mut took = Vec::new();
            for thread in threads {
                let joined = thread.join();
                took.extend(joined.map_err(|_| anyhow::anyhow!("a sender panicked"))??);
            }
            Ok(took)
        })
    };
    all(|sender| sender.submissions.get(..WARM_UP).unwrap_or_default())?;
    let begun = Instant::now();
    let mut took = all(|sender| sender.submissions.get(WARM_UP..).unwrap_or_default())?;
    let seconds = begun.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = (took.len() * 99).div_ceil(100).saturating_sub(1);
    let p99 = took.get(at).context("nothing was measured")?;
    #[expect(clippy::cast_precision_loss, reason = "a count of submissions")]
    let count = took.len() as f64;
    Ok(Run {
        submissions_per_s: count / seconds,
        p99_ms: p99.as_secs_f64() * 1_000.0,
    })
}

/// A server that answers what it is sent, over the same mutual TLS.
struct Echo {
    url: String,
    handle: ServerHandle,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Echo {
    fn start(run_dir: &RunDir) -> anyhow::Result<Self> {
        let nation = run_dir.nation();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(
            nation.join("pki/origin.crt.pem"),
        )?)?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()?;
        let chain = CertificateDer::pem_file_iter(nation.join(GATEWAY.certificate))?
            .collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_file(nation.join(GATEWAY.key))?;
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)?;
        config.send_tls13_tickets = 0;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(|| {
                    App::new()
                        .app_data(web::PayloadConfig::new(ECHO_BODY_MAX))
                        .route("/v1/mifs", web::post().to(echo))
                })
                .workers(ECHO_WORKERS)
                .disable_signals()
                .listen_rustls_0_23(listener, config)?
                .run();
                // The one who waits for it is still there.
                _ = tell.send(server.handle());
                server.await
            })
        });
        let handle = told.recv().context("the echo server did not start")?;
        Ok(Self {
            url,
            handle,
            thread,
        })
    }

    fn stop(self) -> anyhow::Result<()> {
        drop(self.handle.stop(false));
        self.thread
            .join()
            .map_err(|_| anyhow::anyhow!("the echo server panicked"))??;
        Ok(())
    }
}

async fn echo(body: web::Bytes) -> HttpResponse {
    HttpResponse::Accepted().body(body)
}
