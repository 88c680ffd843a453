//! Blocking clients of the gateway and of the portal, as patient as a transfer station.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cnt_contracts::courrier::ContestationRequest;
use cnt_contracts::receipt::{ReceiptPage, SubmissionAcknowledged};
use cnt_trust::{SignError, SoftwareSigner, seal, sha256};
use ureq::http::{Response, StatusCode};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body};

/// Media type of a submission: one compact JWS a line.
const SUBMISSION_MEDIA_TYPE: &str = "application/jose-lines";
/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// How to reach a service, and for how long to try.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// `https://host:port` or `http://host:port`, without a path.
    pub base_url: String,
    /// How long one attempt may take, beyond what the server was asked to wait.
    pub attempt_timeout: Duration,
    /// How long a request is tried again before its failure is reported.
    pub patience: Duration,
}

impl ClientConfig {
    /// Attempts of at most thirty seconds, tried again for two minutes.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            attempt_timeout: Duration::from_secs(30),
            patience: Duration::from_secs(120),
        }
    }
}

/// Why a request was given up. It never is silently.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server refuses: trying again would not help.
    #[error("{url} answered {status}: {body}")]
    Refused {
        /// What was asked.
        url: String,
        /// HTTP status.
        status: u16,
        /// The answer, at most 500 characters.
        body: String,
    },
    /// The server could not be reached, or was too busy, for as long as patience lasted.
    #[error("{url} did not answer within {} s and {attempts} attempts", patience.as_secs())]
    GivenUp {
        /// What was asked.
        url: String,
        /// How long it was tried.
        patience: Duration,
        /// How often it was tried.
        attempts: u32,
        /// The last failure, if the server was not reached at all.
        #[source]
        source: Option<ureq::Error>,
    },
    /// The request cannot be made.
    #[error("{url} cannot be asked")]
    Request {
        /// What was asked.
        url: String,
        /// Why.
        #[source]
        source: ureq::Error,
    },
    /// The submission cannot be sealed.
    #[error("the submission cannot be sealed")]
    Seal(#[from] SignError),
    /// The answer is not what it should be.
    #[error("{url} gave an answer that cannot be read")]
    Answer {
        /// What was asked.
        url: String,
        /// Why.
        #[source]
        source: ureq::Error,
    },
}

struct Http {
    agent: Agent,
    config: ClientConfig,
}

impl Http {
    fn new(config: ClientConfig, tls: TlsConfig) -> Self {
        let agent: Agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(config.attempt_timeout))
            .build()
            .into();
        Self { agent, config }
    }

    /// Tries until the server answers with neither 429 nor 502, 503 or 504.
    fn patiently(
        &self,
        url: &str,
        attempt: impl Fn(&Agent) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, ClientError> {
        let begun = Instant::now();
        let mut attempts = 0;
        let mut pause = Duration::from_millis(50);
        loop {
            attempts += 1;
            let (wait, failure) = match attempt(&self.agent) {
                Ok(answer) if !is_busy(answer.status()) => return Ok(answer),
                Ok(answer) => (retry_after(&answer).unwrap_or(pause), None),
                Err(error) if is_passing(&error) => (pause, Some(error)),
                Err(source) => {
                    return Err(ClientError::Request {
                        url: url.to_owned(),
                        source,
                    });
                }
            };
            if begun.elapsed() + wait >= self.config.patience {
                return Err(ClientError::GivenUp {
                    url: url.to_owned(),
                    patience: self.config.patience,
                    attempts,
                    source: failure,
                });
            }
            std::thread::sleep(wait);
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }
}

fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502..=504)
}

/// Whether the server may be there again in a moment.
fn is_passing(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::Protocol(_)
            | ureq::Error::HostNotFound
    )
}

/// Seconds of `Retry-After` (RFC 9110 §10.2.3); dates are not understood.
fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    let value = answer.headers().get("retry-after")?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

fn refused(url: &str, mut answer: Response<Body>) -> ClientError {
    let status = answer.status().as_u16();
    let body = answer.body_mut().read_to_string().unwrap_or_default();
    ClientError::Refused {
        url: url.to_owned(),
        status,
        body: body.chars().take(500).collect(),
    }
}

fn json<T: serde::de::DeserializeOwned>(
    url: &str,
    mut answer: Response<Body>,
) -> Result<T, ClientError> {
    if !answer.status().is_success() {
        return Err(refused(url, answer));
    }
    answer
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .read_json()
        .map_err(|source| ClientError::Answer {
            url: url.to_owned(),
            source,
        })
}

/// A station's seal key, and the clock by which its seals are dated.
#[derive(Debug, Clone)]
pub struct Sealer {
    /// Key and seal certificate.
    pub signer: Arc<SoftwareSigner>,
    /// What the station's clock shows, Unix seconds.
    pub now: fn() -> i64,
}

impl Sealer {
    /// The seal over these MIFs: the value of `CNT-Seal`.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn seal<S: AsRef<str>>(&self, mifs: &[S]) -> Result<String, SignError> {
        let hashes: Vec<_> = mifs
            .iter()
            .map(|mif| sha256(mif.as_ref().as_bytes()))
            .collect();
        seal::sign(&hashes, (self.now)(), self.signer.as_ref())
    }
}

/// The gateway, as one station sees it. Shared by threads.
pub struct GatewayClient {
    http: Http,
    sealer: Sealer,
}

impl GatewayClient {
    /// A client that connects with the certificate in `tls` and seals what it sends ([`crate::Stations::client`]).
    #[must_use]
    pub fn new(config: ClientConfig, tls: TlsConfig, sealer: Sealer) -> Self {
        Self {
            http: Http::new(config, tls),
            sealer,
        }
    }

    /// Sends MIFs; the answer has one acknowledgement for each, in order.
    ///
    /// An attempt whose answer was lost may have been taken in: what is sent again is then judged a replay, whose
    /// receipt names the verdict that stands ([`crate::Expectation::is_met_by`]).
    ///
    /// # Errors
    /// When the gateway refuses, or cannot be reached within the patience.
    pub fn submit<S: AsRef<str>>(
        &self,
        lines: &[S],
    ) -> Result<SubmissionAcknowledged, ClientError> {
        let url = format!("{}/v1/mifs", self.http.config.base_url);
        let length: usize = lines.iter().map(|line| line.as_ref().len() + 1).sum();
        let mut body = String::with_capacity(length);
        for line in lines {
            body.push_str(line.as_ref());
            body.push('\n');
        }
        let seal = self.sealer.seal(lines)?;
        let answer = self.http.patiently(&url, |agent| {
            agent
                .post(&url)
                .header("CNT-Seal", &seal)
                .content_type(SUBMISSION_MEDIA_TYPE)
                .send(body.as_str())
        })?;
        json(&url, answer)
    }

    /// The next receipts after a cursor (`None`: from the beginning); the gateway waits up to `wait_s` seconds for one.
    ///
    /// # Errors
    /// When the gateway refuses, or cannot be reached within the patience.
    pub fn receipts(
        &self,
        cursor: Option<&str>,
        limit: u32,
        wait_s: u32,
    ) -> Result<ReceiptPage, ClientError> {
        let url = format!("{}/v1/receipts", self.http.config.base_url);
        let timeout = self.http.config.attempt_timeout + Duration::from_secs(wait_s.into());
        let answer = self.http.patiently(&url, |agent| {
            let mut request = agent
                .get(&url)
                .query("limit", limit.to_string())
                .query("wait_s", wait_s.to_string());
            if let Some(cursor) = cursor {
                request = request.query("cursor", cursor);
            }
            request
                .config()
                .timeout_global(Some(timeout))
                .build()
                .call()
        })?;
        json(&url, answer)
    }
}

/// The portal for offenders.
pub struct PortalClient {
    http: Http,
}

impl PortalClient {
    /// A client.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        Self {
            http: Http::new(config, TlsConfig::default()),
        }
    }

    /// Files a contestation. The same id twice is one contestation, so that trying again does no harm.
    ///
    /// # Errors
    /// When the portal refuses, or cannot be reached within the patience.
    pub fn contest(&self, request: &ContestationRequest) -> Result<(), ClientError> {
        let url = format!("{}/v1/contestations", self.http.config.base_url);
        let answer = self
            .http
            .patiently(&url, |agent| agent.post(&url).send_json(request))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(refused(&url, answer))
        }
    }
}
