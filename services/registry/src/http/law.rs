//! New versions of the nomenclature and of the law's tables.

use actix_web::{Resource, web};
use cnt_contracts::law::read_law;
use cnt_contracts::registry::SnapshotV1;
use cnt_service_kit::http::{Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::import::{Taken, first_day, table_config, take_in};
use super::{ChangedAnswer, State, publish_change, with_connection};
use crate::reference::{Import, Merge, NatInfChange, Nature, OfficialList, merge, read_official};

pub(super) fn natinf_resource() -> Resource {
    web::resource("/v1/natinf")
        .app_data(table_config())
        .route(web::post().to(import_natinf))
}

pub(super) fn law_resource() -> Resource {
    web::resource("/v1/law")
        .app_data(table_config())
        .route(web::post().to(import_law))
}

/// How a list is taken in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportQuery {
    from: String,
    #[serde(default)]
    complete: bool,
    #[serde(default)]
    check: bool,
}

/// What an import of the nomenclature did, or would do.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct ImportAnswer {
    /// The version that holds it; the newest one if nothing was written.
    version: i64,
    /// Whether a version was written.
    written: bool,
    /// Encoding that the file was in.
    encoding: String,
    /// Lines of the list.
    lines: usize,
    /// Contraventions among them.
    contraventions: usize,
    /// NatInf numbers of contraventions that were not there; they are not taken on until they are vetted.
    added: Vec<u32>,
    /// NatInf numbers whose words, texts or class change.
    changed: Vec<u32>,
    /// NatInf numbers that end.
    ended: Vec<u32>,
}

/// Takes the ministry's NatInf list in, as a new version of the registry. `from` is the first day on which it holds;
/// `complete` says that what the list lacks has ended; `check` changes nothing.
#[utoipa::path(post, path = "/v1/natinf",
    params(
        ("from" = String, Query, description = "First day on which it holds, YYYY-MM-DD"),
        ("complete" = Option<bool>, Query, description = "Whether what it lacks has ended"),
        ("check" = Option<bool>, Query, description = "Whether to change nothing")),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = ImportAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "The registry is empty"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "Not the ministry's list"),
    ))]
pub(super) async fn import_natinf(
    state: web::Data<State>,
    query: web::Query<ImportQuery>,
    body: web::Bytes,
) -> Result<web::Json<ImportAnswer>, Problem> {
    let query = query.into_inner();
    let import = Import {
        from: first_day(&query.from)?,
        is_complete: query.complete,
    };
    let list = web::block(move || read_official(&body))
        .await
        .map_err(Problem::internal)?
        .map_err(|error| Problem::unprocessable("bad_list", error.to_string()))?;
    let answer = with_connection(state, move |state, conn| {
        let merge =
            |snapshot: &SnapshotV1| merge(&snapshot.natinf, &snapshot.natinf_graver, &list, import);
        let taken = take_in((state, conn), query.check, merge, |registrar, conn| {
            registrar.import_natinf(conn, merge)
        })?;
        Ok(answer(&list, &taken))
    })
    .await?;
    if answer.written {
        tracing::info!(
            registry.version = answer.version,
            added = answer.added.len(),
            changed = answer.changed.len(),
            ended = answer.ended.len(),
            "NatInf list was taken in"
        );
    }
    Ok(web::Json(answer))
}

fn answer(list: &OfficialList, taken: &Taken<Merge>) -> ImportAnswer {
    let codes = |wanted: fn(&NatInfChange) -> Option<u32>| -> Vec<u32> {
        taken.merged.changes.iter().filter_map(wanted).collect()
    };
    ImportAnswer {
        version: taken.version,
        written: taken.is_written,
        encoding: list.encoding.as_str().to_owned(),
        lines: list.entries.len(),
        contraventions: list
            .entries
            .iter()
            .filter(|entry| matches!(entry.nature, Nature::Contravention(_)))
            .count(),
        added: codes(|change| match change {
            NatInfChange::Added(code) => Some(*code),
            _ => None,
        }),
        changed: codes(|change| match change {
            NatInfChange::Changed(code) => Some(*code),
            _ => None,
        }),
        ended: codes(|change| match change {
            NatInfChange::Ended(code) => Some(*code),
            _ => None,
        }),
    }
}

/// Replaces the law's tables by an edition in TOML, as a new version of the registry.
#[utoipa::path(post, path = "/v1/law",
    request_body(content = String, content_type = "application/toml"),
    responses(
        (status = 200, body = ChangedAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "The registry is empty"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is the edition in force"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "Not an edition of the law"),
    ))]
pub(super) async fn import_law(
    state: web::Data<State>,
    body: String,
) -> Result<web::Json<ChangedAnswer>, Problem> {
    let law = read_law(&body).map_err(|error| {
        let detail = format!("{:#}", anyhow::Error::from(error));
        Problem::unprocessable("bad_law", detail)
    })?;
    let edition = law.edition.clone();
    let version = with_connection(state, move |state, conn| {
        let changed = state.registrar.import_law(conn, law)?;
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    tracing::info!(
        registry.version = version,
        edition,
        "Edition of the law was taken in"
    );
    Ok(web::Json(ChangedAnswer { version }))
}
