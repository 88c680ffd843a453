//! The key printed on an avis: with it, and with nothing else, its addressee opens the file.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use cnt_contracts::document::DocumentFacts;
use cnt_domain::photo::PhotoHash;
use cnt_service_kit::http::Problem;

use crate::db::{self, CaseRow};
use crate::http::photos::{blocking, no_such_avis};
use crate::http::public::Public;
use crate::http::{AppState, with_connection};
use crate::metrics::KeyLabel;
use crate::photos::avis_facts;

/// Header: the key printed on the avis.
const KEY_HEADER: &str = "CNT-Key";
/// Who the journals name when an addressee looks.
pub(crate) const ADDRESSEE: &str = "addressee";

/// A file that its addressee has opened.
pub(crate) struct Opened {
    /// Where things of the avis lie.
    pub(crate) case: CaseRow,
    /// The facts of the avis.
    pub(crate) facts: DocumentFacts,
}

fn too_many(detail: &str) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_guesses", detail)
}

/// Opens a file by a key that was given. Whoever has another key is told what is told of an avis that does not exist, and
/// after some tries nothing for a while. `from` is the client's address, where the door is public.
pub(crate) async fn unlock(
    state: &AppState,
    from: Option<(&Public, IpAddr)>,
    avis: i64,
    key: &str,
) -> Result<Opened, Problem> {
    let now = state.clock.real_now();
    let throttled = |why| {
        state.metrics.keys_total.with(KeyLabel::Throttled).inc();
        Err(too_many(why))
    };
    if !state.guesses.take(avis, now) {
        return throttled("Too many wrong keys for this avis; try again in an hour");
    }
    if from.is_some_and(|(public, address)| !public.strangers.take(address, now)) {
        state.guesses.give_back(avis);
        return throttled("Too many wrong keys from this address; try again in an hour");
    }
    let found = file_of(state, avis).await;
    let given = PhotoHash::of(key.as_bytes()).to_string();
    let is_wrong = match &found {
        Ok(Some(opened)) => opened.facts.key_sha256 != given,
        Ok(None) => true,
        // Nothing was judged.
        Err(_) => false,
    };
    if is_wrong {
        state.metrics.keys_total.with(KeyLabel::Wrong).inc();
        return Err(no_such_avis());
    }
    state.guesses.give_back(avis);
    if let Some((public, address)) = from {
        public.strangers.give_back(address);
    }
    let opened = found?.ok_or_else(no_such_avis)?;
    state.metrics.keys_total.with(KeyLabel::Right).inc();
    Ok(opened)
}

/// The file of an avis, whoever asks.
pub(crate) async fn file_of(state: &AppState, avis: i64) -> Result<Option<Opened>, Problem> {
    let Some(case) = with_connection(state, move |conn| db::case(conn, avis)).await? else {
        return Ok(None);
    };
    let (objects, asked) = (state.objects.clone(), case.clone());
    let facts = blocking(move || avis_facts(&*objects, &asked)).await?;
    Ok(facts.map(|facts| Opened { case, facts }))
}

/// The file of an avis whose key is in the header.
pub(crate) async fn opened(
    state: &AppState,
    request: &HttpRequest,
    avis: i64,
) -> Result<Opened, Problem> {
    let key = request.headers().get(KEY_HEADER);
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
    let public = request.app_data::<web::Data<Public>>();
    let from = public.and_then(|public| Some((&***public, public.client(request)?)));
    unlock(state, from, avis, key).await
}

/// The same, of whose facts nothing is needed.
pub(crate) async fn opened_case(
    state: &AppState,
    request: &HttpRequest,
    avis: i64,
) -> Result<CaseRow, Problem> {
    Ok(opened(state, request, avis).await?.case)
}
