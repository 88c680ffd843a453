//! `GET /v1/natinf`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_domain::natinf::NatInfEntry;
use cnt_flow::RegistryVersion;
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::Door;
use crate::http::refusal::Refusal;

/// What a reader asks.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatinfQuery {
    /// Version of the registry that the station's list is of, as an earlier answer said: only what changed since comes.
    #[param(value_type = Option<i64>, minimum = 0)]
    since: Option<Version>,
}

/// A version of the registry: a whole number that has a signed counterpart, which is what `OpenAPI` can describe.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct Version(u64);

impl TryFrom<i64> for Version {
    type Error = std::num::TryFromIntError;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        u64::try_from(number).map(Self)
    }
}

/// The nomenclature, or what changed in it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatinfAnswer {
    /// Version of the registry; `since` of the next request.
    version: u64,
    /// Whether this is the whole list: also when `since` is a version that nobody remembers.
    complete: bool,
    /// Entries; of a delta those that are new or changed.
    entries: Vec<NatinfEntry>,
    /// Of a delta: entries that are no longer in the list.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    removed: Vec<NatinfKey>,
}

/// A version of an entry: a number may have several, one after another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatinfEntry {
    /// Number in the nomenclature.
    natinf: u32,
    /// First day in force.
    #[schema(format = "date")]
    from: String,
    /// Last day in force; none while it holds.
    #[schema(format = "date")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    to: Option<String>,
    /// Qualification.
    qualification: String,
    /// « Prévue par ».
    defined_by: String,
    /// « Réprimée par ».
    punished_by: String,
    /// Class of the contravention, 1 to 5.
    class: u8,
    /// Points withdrawn from the driving licence.
    points: u8,
    /// Open to the fixed fine (CPP R48-1).
    fixed_fine: bool,
    /// A reduced fine exists (CPP R49-8-5).
    reduced_fine: bool,
    /// Whether the centre takes the offence on.
    supported: bool,
}

/// Which version of which entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatinfKey {
    /// Number in the nomenclature.
    natinf: u32,
    /// First day in force.
    #[schema(format = "date")]
    from: String,
}

impl From<&NatInfEntry> for NatinfEntry {
    fn from(entry: &NatInfEntry) -> Self {
        Self {
            natinf: entry.code.0,
            from: entry.from.to_string(),
            to: entry.to.map(|day| day.to_string()),
            qualification: entry.qualification.clone(),
            defined_by: entry.defined_by.clone(),
            punished_by: entry.punished_by.clone(),
            class: entry.class.number(),
            points: entry.points,
            fixed_fine: entry.fixed_fine,
            reduced_fine: entry.reduced_fine,
            supported: entry.supported,
        }
    }
}

/// Entries by number and first day.
type Listed<'v> = BTreeMap<(u32, Date), &'v NatInfEntry>;

fn listed(version: &RegistryVersion) -> Listed<'_> {
    let entries = version.registry.natinf.iter();
    entries
        .map(|entry| ((entry.code.0, entry.from), entry))
        .collect()
}

/// The whole list.
fn whole(version: &RegistryVersion) -> NatinfAnswer {
    NatinfAnswer {
        version: version.registry.version,
        complete: true,
        entries: listed(version)
            .into_values()
            .map(NatinfEntry::from)
            .collect(),
        removed: Vec::new(),
    }
}

/// What leads from one version's list to another's.
fn delta(from: &RegistryVersion, to: &RegistryVersion) -> NatinfAnswer {
    let (old, new) = (listed(from), listed(to));
    let changed = new
        .iter()
        .filter(|(key, entry)| old.get(*key) != Some(*entry));
    let gone: BTreeSet<_> = old.keys().filter(|key| !new.contains_key(*key)).collect();
    NatinfAnswer {
        version: to.registry.version,
        complete: false,
        entries: changed
            .map(|(_, entry)| NatinfEntry::from(*entry))
            .collect(),
        removed: gone
            .into_iter()
            .map(|(natinf, from)| NatinfKey {
                natinf: *natinf,
                from: from.to_string(),
            })
            .collect(),
    }
}

/// The whole list as it is sent, with its tag, by version of the registry; the last is kept.
#[derive(Default)]
pub(crate) struct NatinfList {
    last: Mutex<Option<(u64, Arc<Written>)>>,
}

struct Written {
    etag: String,
    json: web::Bytes,
}

impl NatinfList {
    fn of(&self, version: &RegistryVersion) -> Result<Arc<Written>, serde_json::Error> {
        let number = version.registry.version;
        {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((known, written)) = &*last
                && *known == number
            {
                return Ok(Arc::clone(written));
            }
        }
        let answer = whole(version);
        // The tag is of the entries alone: most versions of the registry leave them as they are.
        let entries = serde_json::to_vec(&answer.entries)?;
        let hash = hex::encode(cnt_trust::sha256(&entries));
        let written = Arc::new(Written {
            etag: format!("W/\"{hash}\""),
            json: serde_json::to_vec(&answer)?.into(),
        });
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((number, Arc::clone(&written)));
        Ok(written)
    }
}

/// Whether `If-None-Match` names the tag, compared weakly (RFC 9110 §13.1.2).
pub(super) fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let values = request.headers().get_all(IF_NONE_MATCH);
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

/// The NatInf list by which MIFs are judged now.
///
/// Whole, with an `ETag` that changes only when an entry does; with `since`, what changed after that version.
#[utoipa::path(
    get,
    path = "/v1/natinf",
    tag = "lists",
    params(
        NatinfQuery,
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the list that the station has."),
    ),
    responses(
        (status = 200, description = "The list, or the delta", body = NatinfAnswer,
            headers(("ETag" = String, description = "Of the whole list"))),
        (status = 304, description = "The list is the one named"),
        (status = 400, description = "`bad_query`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No such station, or its certificate is no longer good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The station is out of its period", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_exceeded`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, description = "`not_ready`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(crate) async fn natinf(
    request: HttpRequest,
    query: web::Query<NatinfQuery>,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    let current = door.station(&request)?.version;
    let (since, shared) = (query.since, door.clone());
    let job = move || -> anyhow::Result<(Arc<Written>, Option<NatinfAnswer>)> {
        let written = shared.natinf.of(&current)?;
        // A version later than ours, or one that was never announced here, is not waited for.
        let from = match since {
            Some(Version(number)) => shared.registry.version(number, Duration::ZERO)?,
            None => None,
        };
        let delta = from.map(|from| delta(&from, &current));
        Ok((written, delta))
    };
    let (written, delta) = web::block(job)
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::internal)?;
    if is_known(&request, &written.etag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, written.etag.as_str()))
            .finish());
    }
    let mut answer = HttpResponse::Ok();
    answer.insert_header((ETAG, written.etag.as_str()));
    Ok(match delta {
        Some(delta) => answer.json(delta),
        None => answer
            .content_type("application/json")
            .body(written.json.clone()),
    })
}

#[cfg(test)]
mod tests {
    use cnt_contracts::registry::AnchorsV1;
    use cnt_domain::amounts::OffenceClass;
    use cnt_domain::natinf::{NatInf, NatInfList};
    use cnt_domain::registry::Registry;

    use super::*;

    fn version(number: u64, entries: &[(u32, u8)]) -> RegistryVersion {
        let entries = entries.iter().map(|(code, points)| NatInfEntry {
            code: NatInf(*code),
            qualification: "STATIONNEMENT GENANT".to_owned(),
            defined_by: String::new(),
            punished_by: String::new(),
            article: None,
            family: None,
            supported: true,
            class: OffenceClass::Second,
            points: *points,
            fixed_fine: true,
            reduced_fine: false,
            from: "2020-01-01".parse().unwrap(),
            to: None,
        });
        RegistryVersion {
            registry: Registry {
                version: number,
                natinf: NatInfList::new(entries),
                ..Registry::default()
            },
            anchors: AnchorsV1::default(),
        }
    }

    #[test]
    fn a_delta_leads_from_one_list_to_the_other() {
        let from = version(3, &[(1, 0), (2, 0), (3, 0)]);
        let to = version(9, &[(1, 0), (2, 4), (5, 0)]);
        let told = delta(&from, &to);
        assert_eq!((told.version, told.complete), (9, false));
        let numbers =
            |entries: &[NatinfEntry]| entries.iter().map(|one| one.natinf).collect::<Vec<_>>();
        assert_eq!(numbers(&told.entries), [2, 5]);
        assert_eq!(
            told.removed
                .iter()
                .map(|key| key.natinf)
                .collect::<Vec<_>>(),
            [3]
        );
        let same = delta(&to, &version(10, &[(1, 0), (2, 4), (5, 0)]));
        assert!(same.entries.is_empty() && same.removed.is_empty());
    }

    #[test]
    fn the_tag_changes_with_the_entries_alone() {
        let list = NatinfList::default();
        let tag = |version| list.of(&version).unwrap().etag.clone();
        let first = tag(version(1, &[(1, 0)]));
        assert_eq!(tag(version(2, &[(1, 0)])), first);
        assert_ne!(tag(version(3, &[(1, 1)])), first);
    }
}
