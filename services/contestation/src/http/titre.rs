//! The titres: what waits for the signature of an OMP, the key it signs with, the signature.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, post, put, rt, web};
use cnt_contracts::officer::OfficerStatement;
use cnt_evidence::VerifierKey;
use cnt_service_kit::http::{Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{self, Substitutes, TitreRow};
use crate::http::caller::{Operator, Viewer};
use crate::http::{AppState, with_connection, with_lot};
use crate::life::Tail;
use crate::titre::{self, Proposal, Signed, Signing};

/// Signed titres shown.
const SHOWN_MAX: i64 = 100;
/// How long a signature waits for envelopes that are on their way.
const TAIL_PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at them.
const TAIL_PAUSE: Duration = Duration::from_millis(50);

/// Avis that wait for the titre of their OMP.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// The OMP.
    omp: String,
    /// Avis that are unpaid and uncontested, the grace of the télépaiement over.
    avis: i64,
}

/// A titre that was signed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedTitre {
    /// Its number.
    number: String,
    /// The OMP.
    omp: String,
    /// Day of signature, `YYYY-MM-DD`.
    day: String,
    /// Avis in it.
    avis: i32,
    /// Sum of the increased fines in cents.
    total_cents: i64,
    /// What was signed, with the signature: a signed note (C2SP), Ed25519.
    note: String,
    /// Who signed.
    signed_by: String,
    /// When, on the legal clock (RFC 3339).
    signed_at: String,
}

/// Titres, waiting and signed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TitreList {
    /// The latest day up to which every delay was applied, `YYYY-MM-DD`; before today while days are being lived, or
    /// while a letter on its way holds a life back.
    lived_until: String,
    /// By OMP.
    waiting: Vec<Waiting>,
    /// Signed last, at most a hundred.
    signed: Vec<SignedTitre>,
}

/// The next titre of an OMP.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextTitre {
    /// Its number.
    number: String,
    /// The OMP.
    omp: String,
    /// The day, `YYYY-MM-DD`.
    day: String,
    /// Avis in it, at most 2,000.
    avis: usize,
    /// Sum of the increased fines in cents.
    total_cents: i64,
    /// What the OMP signs; it holds the SHA-256 of the list.
    text: String,
    /// The list: a line `avis;cents` each.
    list: Vec<String>,
}

/// The key that verifies an OMP's signatures.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignerKey {
    /// A note verifier key (C2SP) with the OMP's code as its name: `OMP-35-01+3a…+AU…`.
    verifier: String,
    /// The officer's signature: a compact JWS by their certificate over `{"what": "cnt/omp-key/1", "omp", "verifier"}`.
    signature: String,
}

/// The signature under a titre.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TitreSignature {
    /// The text as it was given out, signed as a note (C2SP).
    note: String,
}

impl From<&TitreRow> for SignedTitre {
    fn from(row: &TitreRow) -> Self {
        Self {
            number: row.number.clone(),
            omp: row.omp.clone(),
            day: row.day().to_string(),
            avis: row.avis,
            total_cents: row.total_cents,
            note: row.note.clone(),
            signed_by: row.signed_by.clone(),
            signed_at: row.signed_at().to_string(),
        }
    }
}

impl From<&Proposal> for NextTitre {
    fn from(proposal: &Proposal) -> Self {
        Self {
            number: proposal.number.clone(),
            omp: proposal.omp.clone(),
            day: proposal.day.to_string(),
            avis: proposal.avis.len(),
            total_cents: proposal.total_cents,
            text: proposal.text(),
            list: proposal
                .avis
                .iter()
                .map(|(avis, cents)| format!("{avis};{cents}"))
                .collect(),
        }
    }
}

/// Titres that wait, by OMP, and those signed last; with `CNT-Omp` only that OMP's.
#[utoipa::path(
    get, path = "/v1/titres", tag = "titre",
    params(("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP")),
    responses(
        (status = 200, description = "Titres", body = TitreList),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/titres")]
pub(crate) async fn titres_list(
    state: web::Data<AppState>,
    viewer: Viewer,
) -> Result<web::Json<TitreList>, Problem> {
    let today = state.clock.legal_today_paris();
    let substitutes = Substitutes::of(&state.law()?.registry.law, today);
    let (next_day, waiting, signed) = with_connection(&state, move |conn| {
        let omp = viewer.omp.as_deref();
        Ok((
            db::next_day(conn)?,
            db::titres_proposed(conn, &substitutes, omp)?,
            db::titres_signed(conn, omp, SHOWN_MAX)?,
        ))
    })
    .await?;
    let waiting = waiting.into_iter().map(|row| Waiting {
        omp: row.omp,
        avis: row.avis,
    });
    let lived_until = next_day.map_or(today, |day| today.min(day.yesterday().unwrap_or(day)));
    Ok(web::Json(TitreList {
        lived_until: lived_until.to_string(),
        waiting: waiting.collect(),
        signed: signed.iter().map(SignedTitre::from).collect(),
    }))
}

/// The next titre of the operator's OMP, with its list: its own avis and those of the OMP whom it replaces.
#[utoipa::path(
    get, path = "/v1/omp/{omp}/titre", tag = "titre",
    params(
        ("omp" = String, Path, description = "Code of the OMP"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "What is to be signed", body = NextTitre),
        (status = 204, description = "Nothing waits for a signature"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not the operator's OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/omp/{omp}/titre")]
pub(crate) async fn titre_next(
    state: web::Data<AppState>,
    operator: Operator,
    omp: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (scope, day) = (operator.of(&omp)?, state.clock.legal_today_paris());
    let version = state.law()?;
    let proposal = with_lot(&state, move |conn| {
        titre::proposal(conn, &version.registry.law, &scope.omp, day)
    })
    .await?;
    Ok(proposal.map_or_else(
        || HttpResponse::NoContent().finish(),
        |proposal| HttpResponse::Ok().json(NextTitre::from(&proposal)),
    ))
}

/// Registers the key with which an OMP signs, for which its officer vouches. The first one stands; the same again changes
/// nothing.
#[utoipa::path(
    put, path = "/v1/omp/{omp}/signer", tag = "titre", request_body = SignerKey,
    params(
        ("omp" = String, Path, description = "Code of the OMP"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 204, description = "It is the OMP's key"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not the operator's OMP", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`other_key`: the OMP signs with another one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`key_malformed`: no verifier key of that OMP; `unsigned`: not vouched for by its officer", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[put("/v1/omp/{omp}/signer")]
pub(crate) async fn signer_put(
    state: web::Data<AppState>,
    operator: Operator,
    omp: web::Path<String>,
    key: web::Json<SignerKey>,
) -> Result<HttpResponse, Problem> {
    let (scope, at) = (operator.of(&omp)?, state.clock.legal_now());
    let version = state.law()?;
    let statement = OfficerStatement::<()>::Key {
        omp: scope.omp.clone(),
        verifier: key.verifier.clone(),
    };
    let signature = key.signature.clone();
    let key: Option<VerifierKey> = key.verifier.parse().ok();
    let key = key
        .filter(|key| key.key().name() == scope.omp)
        .ok_or_else(|| {
            Problem::unprocessable("key_malformed", "A verifier key of the OMP is expected")
                .with_pointer("/verifier")
        })?
        .to_string();
    state.vouched(&version, &scope.omp, &statement, &signature)?;
    let asked = key.clone();
    let kept = with_connection(&state, move |conn| {
        db::signer_register(conn, &scope.omp, (&key, &signature), &scope.user, at)?;
        db::signer(conn, &scope.omp)
    })
    .await?;
    if kept.is_some_and(|kept| kept == asked) {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::conflict(
            "other_key",
            "The OMP signs with another key",
        ))
    }
}

/// Signs the next titre of the operator's OMP (CPP R49-5): its fines are majorées from then on, and their letters are
/// asked for. It waits for envelopes that are on their way: nobody who contested is signed for.
#[utoipa::path(
    post, path = "/v1/omp/{omp}/titre/sign", tag = "titre", request_body = TitreSignature,
    params(
        ("omp" = String, Path, description = "Code of the OMP"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The titre stands", body = NextTitre),
        (status = 204, description = "Nothing waits for a signature"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not the operator's OMP", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`changed`: what waits is not what was signed; `no_key`: the OMP has no key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`unsigned`: not signed with the OMP's key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/omp/{omp}/titre/sign")]
pub(crate) async fn titre_sign(
    state: web::Data<AppState>,
    operator: Operator,
    omp: web::Path<String>,
    signature: web::Json<TitreSignature>,
) -> Result<HttpResponse, Problem> {
    let scope = operator.of(&omp)?;
    let version = state.law()?;
    wait_for_envelopes(&state).await?;
    let (objects, config) = (state.objects.clone(), state.titre.clone());
    let (day, at) = (state.clock.legal_today_paris(), state.clock.legal_now());
    let signed = with_lot(&state, move |conn| {
        let signing = Signing {
            law: &version.registry.law,
            objects: objects.as_ref(),
            config: &config,
            who: &scope.user,
            day,
            at,
        };
        titre::sign(conn, &signing, &scope.omp, &signature.note)
    })
    .await?;
    match signed {
        Signed::Done(titre) => {
            tracing::info!(
                titre = titre.number,
                avis = titre.avis.len(),
                "Titre was signed"
            );
            Ok(HttpResponse::Ok().json(NextTitre::from(&titre)))
        }
        Signed::Nothing => Ok(HttpResponse::NoContent().finish()),
        Signed::NoKey => Err(Problem::conflict("no_key", "The OMP has no key registered")),
        Signed::Changed => Err(Problem::conflict(
            "changed",
            "What waits for a signature is not what was signed; ask again",
        )),
        Signed::Unsigned => Err(Problem::unprocessable(
            "unsigned",
            "The text is not signed with the OMP's key",
        )
        .with_pointer("/note")),
    }
}

/// Returns when every envelope that the broker holds now was taken in.
async fn wait_for_envelopes(state: &web::Data<AppState>) -> Result<(), Problem> {
    let not_now = |error: anyhow::Error| {
        Problem::unavailable("Envelopes are still to be taken in, try again soon", error)
    };
    let bus = state.bus.clone();
    let tail = web::block(move || Tail::now(&bus))
        .await
        .map_err(Problem::internal)?
        .map_err(|error| not_now(error.into()))?;
    let tail = std::sync::Arc::new(tail);
    let begun = Instant::now();
    loop {
        let tail = tail.clone();
        if with_connection(state, move |conn| tail.is_taken_in(conn)).await? {
            return Ok(());
        }
        if begun.elapsed() > TAIL_PATIENCE {
            return Err(not_now(anyhow::anyhow!("the courrier flow is behind")));
        }
        rt::time::sleep(TAIL_PAUSE).await;
    }
}
