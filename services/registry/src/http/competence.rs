//! The ministry's table of communes and courts, taken in as a new version.

use actix_web::{Resource, web};
use cnt_contracts::registry::SnapshotV1;
use cnt_service_kit::http::{Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::import::{Taken, first_day, table_config, take_in};
use super::{State, with_connection};
use crate::reference::{CompetenceMerge, CompetenceTable, merge_competence, read_competence};

pub(super) fn competence_resource() -> Resource {
    web::resource("/v1/competence")
        .app_data(table_config())
        .route(web::post().to(import_competence))
}

/// How a table is taken in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportQuery {
    from: String,
    #[serde(default)]
    check: bool,
}

/// A commune that changes its OMP.
#[derive(Serialize, ToSchema)]
pub(super) struct Moved {
    /// INSEE code.
    commune: String,
    /// OMP until the day before.
    before: String,
    /// OMP from the day on.
    after: String,
}

/// What an import of the table did, or would do.
#[derive(Serialize, ToSchema)]
pub(super) struct CompetenceAnswer {
    /// The version that holds it; the newest one if nothing was written.
    version: i64,
    /// Whether a version was written.
    written: bool,
    /// Communes of the table.
    communes: usize,
    /// Communes that stay with their OMP.
    same: usize,
    /// Communes that change.
    changed: Vec<Moved>,
    /// Communes of the table that the registry does not hold: how many.
    unknown_communes: usize,
    /// Seats before which no OMP acts; their communes stay as they are. At most fifty.
    unknown_courts: Vec<String>,
    /// Communes of the registry that the table does not name: how many.
    not_named: usize,
}

/// Takes the ministry's table of communes and courts in, as a new version of the registry. `from` is the first day on
/// which it holds; `check` changes nothing.
#[utoipa::path(post, path = "/v1/competence",
    params(
        ("from" = String, Query, description = "First day on which it holds, YYYY-MM-DD"),
        ("check" = Option<bool>, Query, description = "Whether to change nothing")),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = CompetenceAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "The registry is empty"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "Not the ministry's table"),
    ))]
pub(super) async fn import_competence(
    state: web::Data<State>,
    query: web::Query<ImportQuery>,
    body: web::Bytes,
) -> Result<web::Json<CompetenceAnswer>, Problem> {
    let query = query.into_inner();
    let from = first_day(&query.from)?;
    let table = web::block(move || read_competence(&body))
        .await
        .map_err(Problem::internal)?
        .map_err(|error| Problem::unprocessable("bad_table", error.to_string()))?;
    let answer = with_connection(state, move |state, conn| {
        let merge = |snapshot: &SnapshotV1| {
            merge_competence(&snapshot.communes, &snapshot.omps, &table, from)
        };
        let taken = take_in((state, conn), query.check, merge, |registrar, conn| {
            registrar.import_competence(conn, merge)
        })?;
        Ok(answer(&table, taken))
    })
    .await?;
    if answer.written {
        tracing::info!(
            registry.version = answer.version,
            changed = answer.changed.len(),
            "Table of communes and courts was taken in"
        );
    }
    Ok(web::Json(answer))
}

fn answer(table: &CompetenceTable, taken: Taken<CompetenceMerge>) -> CompetenceAnswer {
    let merge = taken.merged;
    let moved = |(commune, before, after)| Moved {
        commune,
        before,
        after,
    };
    CompetenceAnswer {
        version: taken.version,
        written: taken.is_written,
        communes: table.len(),
        same: merge.same,
        changed: merge.changed.into_iter().map(moved).collect(),
        unknown_communes: merge.unknown_communes,
        unknown_courts: merge.unknown_courts,
        not_named: merge.not_named,
    }
}
