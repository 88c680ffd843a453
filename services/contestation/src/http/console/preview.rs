//! The letter of a decision, shown before anything is decided: edition makes it, and it is kept in memory for a while, for
//! whoever asked.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use cnt_contracts::letter::LetterRequestV1;
use cnt_service_kit::ids;
use uuid::Uuid;

use super::Console;
use super::seat::{NotShown, Right, Seat};

/// Letters that are kept at most; beyond, the oldest is forgotten.
const KEPT_MAX: usize = 64;
/// How long edition may take.
const PATIENCE: Duration = Duration::from_secs(5);

struct Kept {
    id: Uuid,
    login: String,
    pdf: Vec<u8>,
}

/// Letters that were made to be shown.
#[derive(Default)]
pub(super) struct Previews(Mutex<VecDeque<Kept>>);

impl Previews {
    fn keep(&self, login: &str, pdf: Vec<u8>) -> Uuid {
        let id = ids::new_random();
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Kept {
            id,
            login: login.to_owned(),
            pdf,
        });
        id
    }

    fn find(&self, login: &str, id: Uuid) -> Option<Vec<u8>> {
        let kept = self.lock();
        let mut kept = kept.iter();
        kept.find(|one| one.id == id && one.login == login)
            .map(|one| one.pdf.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        // Each change is one step: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets edition make a letter; under which id it can be seen, or none where edition does not answer: a decision does not
/// wait for its picture.
pub(super) async fn made(
    console: &web::Data<Console>,
    login: &str,
    request: LetterRequestV1,
) -> Option<Uuid> {
    let url = format!("{}/v1/previews", console.config.preview_url.as_ref()?);
    let asked = web::block(move || -> Result<Vec<u8>, ureq::Error> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        agent
            .post(&url)
            .send_json(&request)?
            .body_mut()
            .read_to_vec()
    })
    .await;
    match asked {
        Ok(Ok(pdf)) => Some(console.previews.keep(login, pdf)),
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "A letter cannot be shown before it is sent"
            );
            None
        }
        Err(_) => None,
    }
}

/// A letter that was made to be shown, for whoever asked.
pub(super) async fn show(
    console: web::Data<Console>,
    seat: Seat,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, NotShown> {
    let (operator, ()) = seat.see(Right::Decide, |_, _| Ok(())).await?;
    let pdf = console.previews.find(&operator.login, id.into_inner());
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .body(pdf.ok_or(NotShown::Missing)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_shown_to_whoever_asked_and_forgotten() {
        let previews = Previews::default();
        let id = previews.keep("leroy", b"one".to_vec());
        assert_eq!(previews.find("leroy", id).as_deref(), Some(&b"one"[..]));
        assert!(previews.find("petit", id).is_none());
        for _ in 0..KEPT_MAX {
            previews.keep("petit", Vec::new());
        }
        assert!(previews.find("leroy", id).is_none());
    }
}
