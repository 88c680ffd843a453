//! `cnt demo --days`: what addressees, officers and the Treasury do in the weeks after the avis, while the legal clock
//! jumps from one date to the next.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cnt_domain::civil::paris_date;
use cnt_loadtest::{ClientConfig, PortalClient};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::progress::Progress;
use crate::system::System;

/// Payments in one request.
const CHUNK: usize = 300;
/// Days after the avis on which something is done; the last day asked for comes besides.
const MARKS: [u32; 7] = [10, 20, 40, 50, 63, 75, 95];
/// How long the days of all lives may take to be lived.
const LIVED_MAX: Duration = Duration::from_secs(60);
/// Between two looks at what waits for a signature.
const LOOK: Duration = Duration::from_millis(700);

/// The name under which the demo acts.
const USER: &str = "demo";

/// What was done in those days, by word.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// Payments applied.
    pub(crate) payments: u64,
    /// Decisions taken.
    pub(crate) decisions: u64,
    /// Avis in titres signed.
    pub(crate) majorees: u64,
    /// Réclamations sent.
    pub(crate) reclamations: u64,
}

/// Who does what is decided by the number of the avis: a hundred lots, always the same.
fn lot_of(avis: &str, seed: u64) -> u64 {
    let number: u64 = avis.parse().unwrap_or_default();
    // SplitMix64: neighbours do different things.
    let mut mixed = number
        .wrapping_add(seed)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 31)) % 100
}

#[derive(Deserialize)]
struct Owed {
    cents: i64,
}

#[derive(Deserialize)]
struct Life {
    state: String,
    owed_remote: Option<Owed>,
}

#[derive(Deserialize)]
struct Imported {
    applied: u64,
}

#[derive(Deserialize)]
struct Omps {
    omps: Vec<Omp>,
}

#[derive(Deserialize)]
struct Omp {
    omp: String,
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Entry>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    id: Uuid,
    avis: String,
    version: i32,
}

/// Lives through `days` days after the avis, in the running system.
pub(crate) fn live(
    system: &System,
    avis: &[String],
    (seed, days): (u64, u32),
    progress: &mut Progress,
) -> anyhow::Result<Done> {
    let simulation = Simulation {
        system,
        base: system.record().url("contestation")?,
        seed,
    };
    let mut done = Done::default();
    let mut today = 0;
    let marks = MARKS.into_iter().filter(|mark| *mark < days);
    for mark in marks.chain([days]) {
        progress.step("days", &format!("Day {mark} after the avis"));
        simulation.advance(mark.saturating_sub(today))?;
        today = mark;
        match mark {
            10 => done.payments += simulation.pay(avis, 0..55, mark)?,
            20 => done.decisions += simulation.decide()?,
            40 => done.payments += simulation.pay(avis, 55..65, mark)?,
            50 => done.payments += simulation.pay(avis, 65..68, mark)?,
            75 => done.reclamations += simulation.reclaim(avis, 68..72)?,
            95 => done.decisions += simulation.decide()?,
            _ => {}
        }
        if mark > 60 {
            done.majorees += simulation.sign()?;
        }
    }
    Ok(done)
}

struct Simulation<'a> {
    system: &'a System,
    base: String,
    seed: u64,
}

impl Simulation<'_> {
    fn get<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        omp: Option<&str>,
    ) -> anyhow::Result<T> {
        let mut headers = vec![("CNT-User", USER)];
        headers.extend(omp.map(|omp| ("CNT-Omp", omp)));
        let url = format!("{}{path}", self.base);
        let (status, body) = crate::http::get(&url, &headers)?;
        anyhow::ensure!(
            status == 200,
            "{}",
            crate::http::refusal(&url, status, &body)
        );
        serde_json::from_slice(&body).with_context(|| format!("{url} gave an unexpected answer"))
    }

    fn advance(&self, days: u32) -> anyhow::Result<()> {
        let url = self.system.record().url("registry")?;
        let seconds = u64::from(days) * 86_400;
        let _: Value = crate::http::post_json(
            &format!("{url}/v1/clock/advance"),
            &json!({ "seconds": seconds }),
        )?;
        Ok(())
    }

    /// The legal day in Paris.
    fn today(&self) -> anyhow::Result<Date> {
        let url = self.system.record().url("registry")?;
        let clock: cnt_contracts::commands::ClockState =
            crate::http::get_json(&format!("{url}/v1/clock"))?;
        let now = cnt_service_kit::clock::Clock::system().0.real_now();
        let offset = jiff::SignedDuration::from_secs(clock.offset_seconds);
        Ok(paris_date(now.checked_add(offset)?))
    }

    /// Those of these lots pay by télépaiement what they owe today. Nobody pays who contests.
    fn pay(&self, avis: &[String], lots: std::ops::Range<u64>, mark: u32) -> anyhow::Result<u64> {
        let day = self.today()?;
        let mut payments = Vec::new();
        for number in avis {
            if !lots.contains(&lot_of(number, self.seed)) {
                continue;
            }
            let life: Life = self.get(&format!("/v1/avis/{number}"), None)?;
            if let (true, Some(owed)) = (life.state == "sent", life.owed_remote) {
                payments.push(json!({
                    "reference": format!("DEMO-{mark}-{number}"), "avis": number, "day": day,
                    "amount_cents": owed.cents, "means": "remote",
                }));
            }
        }
        let mut applied = 0;
        for chunk in payments.chunks(CHUNK) {
            let imported: Imported = crate::http::post_json_as(
                &format!("{}/v1/payments", self.base),
                &[("CNT-User", USER)],
                &json!({ "payments": chunk }),
            )?;
            applied += imported.applied;
        }
        Ok(applied)
    }

    /// Every officer decides three files of four; the rest stays in the queue.
    fn decide(&self) -> anyhow::Result<u64> {
        let mut decided = 0;
        let omps: Omps = self.get("/v1/omps", None)?;
        for Omp { omp } in omps.omps {
            let mut after = String::new();
            loop {
                let page: Page = self.get(&format!("/v1/omp/{omp}/queue{after}"), Some(&omp))?;
                for entry in &page.entries {
                    decided += u64::from(self.decide_one(&omp, entry)?);
                }
                match page.next {
                    Some(next) => after = format!("?after={next}"),
                    None => break,
                }
            }
        }
        Ok(decided)
    }

    fn decide_one(&self, omp: &str, entry: &Entry) -> anyhow::Result<bool> {
        let decision = match lot_of(&entry.avis, self.seed) % 4 {
            0 => json!({"kind": "inadmissible", "grounds": ["IRR_PIECE"]}),
            1 => json!({"kind": "classement", "reason": "not_the_author"}),
            2 => json!({"kind": "prosecution", "court": "ordonnance_penale"}),
            _ => return Ok(false),
        };
        let url = format!("{}/v1/contestations/{}/decide", self.base, entry.id);
        let headers = [("CNT-User", USER), ("CNT-Omp", omp)];
        let body = json!({"version": entry.version, "decision": decision});
        let (status, answer) = crate::http::post_any(&url, &headers, &body)?;
        match status {
            200 => Ok(true),
            // Answered with another file of the same avis, or the law knows no such step from where the avis stands.
            409 => Ok(false),
            _ => anyhow::bail!("{}", crate::http::refusal(&url, status, &answer)),
        }
    }

    /// Signs whatever waits once all days were lived.
    fn sign(&self) -> anyhow::Result<u64> {
        let deadline = Instant::now() + LIVED_MAX;
        let mut before = None;
        loop {
            let waiting = crate::titre::waiting_avis(&self.base)?;
            if before == Some(waiting) || Instant::now() > deadline {
                break;
            }
            before = Some(waiting);
            std::thread::sleep(LOOK);
        }
        crate::titre::sign_all(self.system.run_dir(), &self.base)
    }

    /// Those of these lots claim against the increased fine.
    fn reclaim(&self, avis: &[String], lots: std::ops::Range<u64>) -> anyhow::Result<u64> {
        let client = PortalClient::new(ClientConfig::new(&self.base));
        let mut sent = 0;
        for number in avis {
            if !lots.contains(&lot_of(number, self.seed)) {
                continue;
            }
            let life: Life = self.get(&format!("/v1/avis/{number}"), None)?;
            if life.state == "majoree" {
                let request = cnt_contracts::courrier::ContestationRequest {
                    id: Uuid::from_u128(u128::from(number.parse::<u64>()?) << 8 | 1),
                    avis: number.clone(),
                    ground: cnt_contracts::courrier::GroundWord::Autre,
                    motivation: "Je n'ai jamais reçu l'avis de contravention.".to_owned(),
                };
                client.contest(&request)?;
                sent += 1;
            }
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::lot_of;

    #[test]
    fn neighbours_do_different_things_and_always_the_same() {
        let lots: Vec<u64> = (0..1_000)
            .map(|n| lot_of(&(9_900_000_000_u64 + n).to_string(), 7))
            .collect();
        let paying = lots.iter().filter(|lot| **lot < 55).count();
        assert!((450..650).contains(&paying), "{paying}");
        assert_eq!(lots.first(), Some(&lot_of("9900000000", 7)));
    }
}
