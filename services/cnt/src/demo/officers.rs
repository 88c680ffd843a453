//! What officers, the tribunal and the comptable do in a demo.

use cnt_contracts::officer::OfficerStatement;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::officer::{Officer, OfficerArgs};

use super::days::{Imported, Simulation, USER, lot_of};

/// Those who claim against the increased fine and are heard.
const HEARD: std::ops::Range<u64> = 68..70;

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
    ground: String,
    version: i32,
}

#[derive(Deserialize)]
struct Notices {
    notices: Vec<Notice>,
}

#[derive(Deserialize)]
struct Notice {
    id: String,
}

impl Simulation<'_> {
    /// Every file that waits, with its OMP.
    fn queued(&self) -> anyhow::Result<Vec<(String, Entry)>> {
        let mut queued = Vec::new();
        let omps: Omps = self.get("/v1/omps", None)?;
        for Omp { omp } in omps.omps {
            let mut after = String::new();
            loop {
                let page: Page = self.get(&format!("/v1/omp/{omp}/queue{after}"), Some(&omp))?;
                queued.extend(page.entries.into_iter().map(|entry| (omp.clone(), entry)));
                match page.next {
                    Some(next) => after = format!("?after={next}"),
                    None => break,
                }
            }
        }
        Ok(queued)
    }

    /// Every officer decides three files of four; the rest stays in the queue.
    pub(super) fn decide(&mut self) -> anyhow::Result<u64> {
        let mut decided = 0;
        for (omp, entry) in self.queued()? {
            let Some(decision) = self.decision(&entry) else {
                continue;
            };
            if self.decided(&omp, &entry, &decision)? {
                decided += 1;
                if decision.get("kind").and_then(Value::as_str) == Some("prosecution") {
                    self.prosecuted.push(entry.avis);
                }
            }
        }
        Ok(decided)
    }

    fn decision(&self, entry: &Entry) -> Option<Value> {
        let lot = lot_of(&entry.avis, self.seed);
        if entry.ground == "designation" {
            let abroad = ["3 Bahnhofstraße", "10115 Berlin", "DE"];
            let france = ["12 rue des Lilas", "35000 Rennes"];
            let address = if lot.is_multiple_of(4) {
                &abroad[..]
            } else {
                &france
            };
            return Some(json!({
                "kind": "redesignation", "last_name": "SIMULATION", "first_names": "Camille",
                "address": address, "birth": "1990-02-28", "licence": "12AB34567",
            }));
        }
        let prosecution = json!({"kind": "prosecution", "court": "ordonnance_penale"});
        match (lot, lot % 4) {
            // Once received, a réclamation cannot be refused.
            (lot, 0) if HEARD.contains(&lot) => Some(prosecution),
            (lot, _) if HEARD.contains(&lot) => {
                Some(json!({"kind": "classement", "reason": "circumstances"}))
            }
            (_, 0) => Some(json!({"kind": "inadmissible", "grounds": ["IRR_PIECE"]})),
            (_, 1) => Some(json!({"kind": "classement", "reason": "not_the_author"})),
            (_, 2) => Some(prosecution),
            _ => None,
        }
    }

    fn decided(&self, omp: &str, entry: &Entry, decision: &Value) -> anyhow::Result<bool> {
        let url = format!("{}/v1/contestations/{}/decide", self.base, entry.id);
        let headers = [("CNT-User", USER), ("CNT-Omp", omp)];
        let officer = Officer::of(self.system.run_dir(), omp, &OfficerArgs::default())?;
        let signature = officer.sign(&OfficerStatement::Decision {
            contestation: entry.id,
            omp: omp.to_owned(),
            version: entry.version,
            decision: decision.clone(),
        })?;
        let body = json!({"version": entry.version, "decision": decision, "signature": signature});
        let (status, answer) = crate::http::post_any(&url, &headers, &body)?;
        match status {
            200 => Ok(true),
            // Answered with another file of the same avis, or the law knows no such step from where the avis stands.
            409 => Ok(false),
            _ => anyhow::bail!("{}", crate::http::refusal(&url, status, &answer)),
        }
    }

    /// Officers receive the réclamations of those who are heard: the titres are annulled, the files wait.
    pub(super) fn admit(&self) -> anyhow::Result<u64> {
        let mut admitted = 0;
        for (omp, entry) in self.queued()? {
            if HEARD.contains(&lot_of(&entry.avis, self.seed)) {
                let admission = json!({"kind": "admission"});
                admitted += u64::from(self.decided(&omp, &entry, &admission)?);
            }
        }
        Ok(admitted)
    }

    /// The tribunal acquits every other one, and condemns the others; some oppose. Returns the acts that were applied.
    pub(super) fn judge(&mut self) -> anyhow::Result<u64> {
        let (day, mut applied) = (self.today()?, 0);
        let prosecuted = std::mem::take(&mut self.prosecuted);
        let acts: Vec<Value> = (0..)
            .zip(&prosecuted)
            .flat_map(|(n, avis)| {
                let act = |what: &str, kind: &str, fine: Option<i64>| {
                    json!({"reference": format!("DEMO-{what}-{avis}"), "avis": avis, "day": day, "kind": kind,
                           "fine_cents": fine})
                };
                let first = match n % 2 {
                    0 => act("J", "relaxe", None),
                    // Above every floor of natural persons (CPP 530-1, R49-7).
                    _ => act("J", "conviction", Some(50_000)),
                };
                let opposition = (n % 6 == 3).then(|| act("O", "opposition", None));
                [Some(first), opposition].into_iter().flatten()
            })
            .collect();
        for chunk in acts.chunks(300) {
            let imported: Imported = self.post("/v1/acts", &json!({ "acts": chunk }))?;
            applied += imported.applied;
        }
        Ok(applied)
    }

    /// The comptable takes what it has to know. Returns how many notices.
    pub(super) fn take_notices(&self) -> anyhow::Result<u64> {
        let mut taken = 0;
        loop {
            let Notices { notices } = self.get("/v1/comptable/notices", None)?;
            if notices.is_empty() {
                return Ok(taken);
            }
            let ids: Vec<&str> = notices.iter().map(|notice| notice.id.as_str()).collect();
            let _: Value = self.post("/v1/comptable/notices/taken", &json!({ "ids": ids }))?;
            taken += u64::try_from(notices.len())?;
        }
    }
}
