//! Coming and going: password and one-time code, counted and slow for whoever guesses. Operators are set up over the
//! service's own door. With a card: see [`super::card`].

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, put, web};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_service_kit::ids;
use cnt_trust::tls::Refusal;
use cnt_vault::Digest;
use maud::{Markup, html};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use totp_rs::{Builder, Totp};
use utoipa::ToSchema;

use super::Console;
use super::card::Card;
use super::frame;
use super::seat::{NotShown, Seat, is_foreign, kept_as, token_of};
use crate::db::{self, Access, NewOperator};
use crate::http::caller::Viewer;
use crate::http::{AppState, with_connection};

/// Longest login, password or code that is looked at.
const CHARACTERS_MAX: usize = 200;
/// Bytes of a secret of one-time codes (RFC 4226 §4, R6).
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 20..=64;
/// A hash of nothing, held against the password of whoever does not exist: both take the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Y250LW5vYm9keS1zYWx0$DbGjlHNDh2yXd9LJvRMl6RiW3qrjpS9Vl6l3AIrfjrM";
/// A form token for those who have no session yet is none: the browser says where a form comes from.
const REFUSED: &str = "Identifiant, mot de passe ou code incorrect.";

/// What the form of the log-in says.
#[derive(Deserialize)]
pub(super) struct Entering {
    identifiant: String,
    mot_de_passe: String,
    code: String,
    #[serde(default)]
    suite: String,
}

/// Where to go on.
#[derive(Deserialize)]
pub(super) struct Onward {
    #[serde(default)]
    suite: String,
}

/// A path of the console, never another site.
fn onward(suite: &str) -> &str {
    let is_own = suite.starts_with('/')
        && !suite.starts_with("//")
        && suite
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own { suite } else { "/file" }
}

/// The forms of the log-in: with the card that opened the connection, if one did; with password and code.
pub(super) fn form((login, has_card): (&str, bool), suite: &str, wrong: Option<&str>) -> Markup {
    html! {
        @if let Some(wrong) = wrong {
            p.erreur role="alert" #erreur { (wrong) }
        }
        @if has_card {
            form.carte.etroit method="post" action="/connexion/carte" {
                input type="hidden" name="suite" value=(suite);
                p { "Votre carte est lue." }
                button type="submit" autofocus { "Ouvrir la session avec ma carte" }
            }
            p.etroit { "Ou bien, sans elle :" }
        }
        form.carte.etroit method="post" action="/connexion" {
            input type="hidden" name="suite" value=(suite);
            label for="identifiant" { "Identifiant" }
            input #identifiant name="identifiant" value=(login) autocomplete="username" required autofocus[!has_card] aria-describedby=[wrong.map(|_| "erreur")];
            label for="mot_de_passe" { "Mot de passe" }
            input #mot_de_passe type="password" name="mot_de_passe" autocomplete="current-password" required;
            label for="code" { "Code à usage unique" }
            p.aide #aide-code { "Six chiffres, de votre application d’authentification." }
            input.court #code name="code" inputmode="numeric" autocomplete="one-time-code" required aria-describedby="aide-code";
            button type="submit" { "Ouvrir la session" }
        }
    }
}

/// The form of the log-in.
pub(super) async fn show(request: HttpRequest, onward: web::Query<Onward>) -> HttpResponse {
    let has_card = request.conn_data::<Card>().is_some();
    frame::plain(
        StatusCode::OK,
        "Ouvrir la session",
        &form(("", has_card), &onward.suite, None),
    )
}

fn codes(secret: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(secret.to_vec()).build().ok()
}

/// Whether password and code are an operator's; the step of the code.
fn proven(access: Option<&Access>, password: &str, code: &str, now: i64) -> Option<i64> {
    let kept = access.map_or(NOBODY, |access| access.password.as_str());
    let hash = PasswordHash::new(kept).ok()?;
    let is_password = Argon2::default()
        .verify_password(password.as_bytes(), &hash)
        .is_ok();
    let access = access.filter(|_| is_password)?;
    let step = codes(&access.totp_secret)?.check(code, u64::try_from(now).ok()?)?;
    let step = i64::try_from(step).ok()?;
    (step > access.totp_step).then_some(step)
}

/// 244 random bits.
pub(super) fn token() -> String {
    [ids::new_random(), ids::new_random()]
        .map(|half| half.simple().to_string())
        .concat()
}

/// The answer with which a session begins.
pub(super) fn opened(console: &Console, secret: &str, suite: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, onward(suite)))
        .insert_header((SET_COOKIE, console.cookie(Some(secret))))
        .finish()
}

/// Opens a session for whoever proves to be an operator.
pub(super) async fn enter(
    request: HttpRequest,
    state: web::Data<AppState>,
    console: web::Data<Console>,
    entering: web::Form<Entering>,
) -> Result<HttpResponse, NotShown> {
    if is_foreign(&request) {
        return Err(NotShown::Foreign);
    }
    let Entering {
        identifiant,
        mot_de_passe,
        code,
        suite,
    } = entering.into_inner();
    let login = identifiant.trim().to_lowercase();
    let is_long = [&login, &mot_de_passe, &code]
        .iter()
        .any(|text| text.chars().count() > CHARACTERS_MAX);
    if is_long {
        return Err(NotShown::Form);
    }
    let (now, key) = (state.clock.real_now(), Digest::of(login.as_bytes()));
    let has_card = request.conn_data::<Card>().is_some();
    let refused = |status, why| {
        Ok(frame::plain(
            status,
            "Ouvrir la session",
            &form((&login, has_card), &suite, Some(why)),
        ))
    };
    if !console.guesses.take(key, now) {
        let why = "Trop de tentatives. Recommencez dans une heure.";
        return refused(StatusCode::TOO_MANY_REQUESTS, why);
    }
    let wanted = login.clone();
    let access = with_connection(&state, move |conn| db::access(conn, &wanted)).await?;
    let turn = console.hashing.acquire().await;
    let code = code.replace(' ', "");
    let proof = web::block(move || proven(access.as_ref(), &mot_de_passe, &code, now.as_second()))
        .await
        .map_err(Problem::internal)?;
    drop(turn);
    let secret = token();
    let is_open = match proof {
        Some(step) => {
            let (login, hash) = (login.clone(), kept_as(&secret));
            let session = console.session();
            with_connection(&state, move |conn| {
                db::session_open(conn, &login, &hash, Some(step), session)
            })
            .await?
        }
        None => false,
    };
    if !is_open {
        let name = login.clone();
        with_connection(&state, move |conn| db::entry(conn, &name, "refused")).await?;
        return refused(StatusCode::FORBIDDEN, REFUSED);
    }
    console.guesses.give_back(key);
    Ok(opened(&console, &secret, &suite))
}

/// A form with nothing but its token.
#[derive(Deserialize)]
pub(super) struct Bare {
    jeton: String,
}

/// Ends the session.
pub(super) async fn leave(
    request: HttpRequest,
    state: web::Data<AppState>,
    console: web::Data<Console>,
    seat: Seat,
    form: web::Form<Bare>,
) -> Result<HttpResponse, NotShown> {
    seat.sent(&form.jeton)?;
    if let Some(token) = token_of(&request, console.cookie_name()) {
        let hash = kept_as(token);
        with_connection(&state, move |conn| db::session_end(conn, &hash)).await?;
    }
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, "/connexion"))
        .insert_header((SET_COOKIE, console.cookie(None)))
        .finish())
}

/// An operator to be set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorRequest {
    /// Their name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Their OMP.
    omp: String,
    /// `officer`, `clerk`, `supervisor` or `auditor`.
    role: RoleWord,
    /// Their password, at least twelve characters; only its argon2id hash is kept.
    #[schema(min_length = 12, max_length = 200)]
    password: String,
    /// Secret of the one-time codes (RFC 6238: SHA-1, six digits, thirty seconds), hexadecimal, at least twenty bytes.
    totp_secret: String,
    /// The authentication certificate of their card, PEM, whose `serialNumber` is the login; without it they have none.
    #[serde(default)]
    certificate: Option<String>,
}

/// What an operator is.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleWord {
    /// Decides.
    Officer,
    /// Prepares.
    Clerk,
    /// Leads the work.
    Supervisor,
    /// Reads the journal.
    Auditor,
}

impl RoleWord {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Clerk => "clerk",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
        }
    }
}

/// The argon2id hash of a password, in PHC form.
pub(crate) fn hashed(password: &str) -> Result<String, Problem> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| Problem::internal(anyhow::anyhow!("a password cannot be hashed: {error}")))
}

fn is_login(login: &str) -> bool {
    let mut letters = login.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && (2..=41).contains(&login.len())
        && letters.all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
        })
}

/// SHA-256 of a certificate that opens the console's door to this operator.
fn certified(state: &AppState, login: &str, pem: &str) -> Result<[u8; 32], Problem> {
    let refuse = |why: String| {
        Problem::unprocessable("operator_malformed", why).with_pointer("/certificate")
    };
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| refuse("The certificate is not PEM".to_owned()))?;
    let now = state.clock.real_now().as_second();
    let facts = state
        .cards
        .facts(&certificate, now)
        .map_err(|refusal| match refusal {
            Refusal::Certificate(why) => refuse(why.to_string()),
            Refusal::NotNow(_) => {
                Problem::unavailable("Cards cannot be judged yet, try again soon", refusal)
            }
        })?;
    if facts.card_number.as_deref() != Some(login) {
        return Err(refuse("The certificate is of another login".to_owned()));
    }
    Ok(facts.fingerprint)
}

/// Sets an operator of the console up, or anew: their sessions end.
#[utoipa::path(
    put, path = "/v1/operators/{login}", tag = "console", request_body = OperatorRequest,
    params(
        ("login" = String, Path, description = "A lower-case letter, then letters, digits, `.`, `_`, `-`"),
        ("CNT-User" = String, Header, description = "Who sets up"),
    ),
    responses(
        (status = 204, description = "They may enter"),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A login, password or secret that is none", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[put("/v1/operators/{login}")]
pub(crate) async fn operators_put(
    state: web::Data<AppState>,
    _viewer: Viewer,
    login: web::Path<String>,
    request: web::Json<OperatorRequest>,
) -> Result<HttpResponse, Problem> {
    let (login, new) = (login.into_inner(), request.into_inner());
    let refuse = |pointer: &str, why: &str| {
        Err(Problem::unprocessable("operator_malformed", why).with_pointer(pointer))
    };
    if !is_login(&login) {
        return refuse(
            "",
            "A login is a lower-case letter, then letters, digits, dots, dashes",
        );
    }
    if !(12..=CHARACTERS_MAX).contains(&new.password.chars().count()) {
        return refuse("/password", "A password has 12 to 200 characters");
    }
    if !(1..=100).contains(&new.name.chars().count()) || new.name.chars().any(char::is_control) {
        return refuse(
            "/name",
            "A name has 1 to 100 characters and no control character",
        );
    }
    let secret = hex::decode(&new.totp_secret).unwrap_or_default();
    if !SECRET_BYTES.contains(&secret.len()) {
        return refuse(
            "/totp_secret",
            "A secret has 20 to 64 bytes, in hexadecimal",
        );
    }
    let certificate = match &new.certificate {
        Some(pem) => Some(certified(&state, &login, pem)?),
        None => None,
    };
    let password = new.password;
    let hash = web::block(move || hashed(&password))
        .await
        .map_err(Problem::internal)??;
    with_connection(&state, move |conn| {
        db::operator_put(
            conn,
            &NewOperator {
                login: &login,
                name: &new.name,
                omp: &new.omp,
                role: new.role.as_str(),
                password: &hash,
                totp_secret: &secret,
                certificate,
            },
        )
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_796_000_000;

    fn access(totp_step: i64) -> Access {
        Access {
            password: hashed("un mot de passe long").unwrap(),
            totp_secret: vec![7; 20],
            totp_step,
        }
    }

    fn code(at: i64) -> String {
        let codes = codes(&[7; 20]).unwrap();
        codes.generate(u64::try_from(at).unwrap()).to_string()
    }

    #[test]
    fn password_and_code_prove_an_operator_and_a_code_counts_once() {
        let (one, password) = (access(0), "un mot de passe long");
        let step = proven(Some(&one), password, &code(NOW), NOW).unwrap();
        assert_eq!(step, NOW / 30);
        assert!(proven(Some(&access(step)), password, &code(NOW), NOW).is_none());
        assert!(proven(Some(&one), password, &code(NOW - 300), NOW).is_none());
        assert!(proven(Some(&one), "un autre mot de passe", &code(NOW), NOW).is_none());
        assert!(proven(None, password, &code(NOW), NOW).is_none());
        assert!(PasswordHash::new(NOBODY).is_ok(), "nobody takes as long");
    }

    #[test]
    fn a_log_in_leads_nowhere_else() {
        assert_eq!(onward("/dossiers/7"), "/dossiers/7");
        for other in [
            "",
            "//exemple.example",
            "https://exemple.example",
            "/\\exemple.example",
            "/a b",
        ] {
            assert_eq!(onward(other), "/file");
        }
    }

    #[test]
    fn a_login_is_harmless() {
        assert!(is_login("marie.leroy-2") && is_login("ab"));
        for bad in ["", "a", "Leroy", "9a", "a b", "a'", "é1"] {
            assert!(!is_login(bad), "{bad}");
        }
    }
}
