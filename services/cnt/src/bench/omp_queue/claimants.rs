//! Who claims: a session of the service, or a bare connection to the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use cnt_store::{DatabaseConfig, PgConnection, connect};
use serde::Deserialize;
use uuid::Uuid;

use super::load::Claimant;
use super::offices::Operator;
use crate::db::queue_rows;
use crate::http::refusal;

/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// A connection is used again within this time; the service ends those that are idle for five seconds, and a request that
/// meets the end of its connection would have an unknown outcome.
const IDLE_MAX: Duration = Duration::from_secs(3);
/// Pause before asking again what was not to be had now.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Deserialize)]
struct Entry {
    id: Uuid,
}

/// Of a claimed file, what is needed here.
#[derive(Deserialize)]
struct ClaimedFile {
    entry: Entry,
}

/// An operator's session: one connection over HTTP, kept alive.
pub(super) struct Session<'a> {
    agent: ureq::Agent,
    url: &'a str,
    asked_again: &'a AtomicU64,
}

impl<'a> Session<'a> {
    pub(super) fn new(url: &'a str, asked_again: &'a AtomicU64) -> Self {
        Self {
            agent: ureq::Agent::config_builder()
                .timeout_global(Some(ANSWER_TIMEOUT))
                .max_idle_age(IDLE_MAX)
                .http_status_as_error(false)
                .build()
                .new_agent(),
            url,
            asked_again,
        }
    }

    /// Status and body of a POST; one that was not possible now is made again until it is.
    fn post(&self, path: &str, operator: &Operator) -> anyhow::Result<(u16, Vec<u8>)> {
        let url = format!("{}/v1/{path}", self.url);
        loop {
            let request = self.agent.post(&url);
            let mut answer = request
                .header("CNT-User", &operator.name)
                .header("CNT-Omp", &operator.omp)
                .send_empty()
                .with_context(|| format!("no answer from {url}"))?;
            let body = answer.body_mut().read_to_vec()?;
            match answer.status().as_u16() {
                503 => {
                    self.asked_again.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(PAUSE);
                }
                status @ (200 | 204) => return Ok((status, body)),
                status => bail!(refusal(&url, status, &body)),
            }
        }
    }
}

impl Claimant for Session<'_> {
    fn claim(&mut self, operator: &Operator) -> anyhow::Result<Uuid> {
        let (status, body) = self.post(&format!("omp/{}/claim", operator.omp), operator)?;
        if status == 204 {
            bail!(empty(operator));
        }
        let file: ClaimedFile =
            serde_json::from_slice(&body).context("a claim gave an unexpected answer")?;
        Ok(file.entry.id)
    }

    fn release(&mut self, operator: &Operator, file: Uuid) -> anyhow::Result<()> {
        self.post(&format!("contestations/{file}/release"), operator)?;
        Ok(())
    }
}

/// The bare statement on a connection of its own.
pub(super) struct Bare(PgConnection);

impl Bare {
    pub(super) fn new(database: &DatabaseConfig) -> anyhow::Result<Self> {
        Ok(Self(connect(database)?))
    }
}

impl Claimant for Bare {
    fn claim(&mut self, operator: &Operator) -> anyhow::Result<Uuid> {
        queue_rows::bare_claim(&mut self.0, &operator.omp)?.with_context(|| empty(operator))
    }

    fn release(&mut self, _: &Operator, file: Uuid) -> anyhow::Result<()> {
        Ok(queue_rows::bare_release(&mut self.0, file)?)
    }
}

fn empty(operator: &Operator) -> String {
    format!(
        "the queue of {} is empty: too few files for so many claims",
        operator.omp
    )
}
