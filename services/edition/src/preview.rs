//! Letters shown before they are asked for: made like the others, and kept nowhere.

use std::net::TcpListener;

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use cnt_contracts::letter::LetterRequestV1;
use cnt_service_kit::http::{Problem, json_config};
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::FailureClass;

use crate::config::PreviewSection;
use crate::letters::Desk;

/// Largest request, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

async fn show(
    desk: web::Data<Desk>,
    request: web::Json<LetterRequestV1>,
) -> Result<HttpResponse, Problem> {
    let pdf = web::block(move || desk.preview(request.into_inner()))
        .await
        .map_err(Problem::internal)?
        .map_err(|error| match error.class() {
            FailureClass::Transient => Problem::unavailable("Not now, try again soon", error),
            FailureClass::Lost | FailureClass::Permanent => Problem::internal(error),
        })?;
    Ok(HttpResponse::Ok().content_type("application/pdf").body(pdf))
}

/// Serves `POST /v1/previews`, a `LetterRequestV1` for its PDF, until the stop is requested.
pub(crate) async fn serve(
    section: PreviewSection,
    desk: Desk,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(section.listen)
        .with_context(|| format!("previews cannot be served on {}", section.listen))?;
    tracing::info!(http.address = %listener.local_addr()?, "Previews are served");
    let desk = web::Data::new(desk);
    let application = move || {
        App::new()
            .app_data(json_config(BODY_BYTES_MAX))
            .app_data(desk.clone())
            .route("/v1/previews", web::post().to(show))
    };
    let server = HttpServer::new(application)
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
    let (handle, stop) = (server.handle(), shutdown.clone());
    actix_web::rt::spawn(async move {
        stop.requested().await;
        handle.stop(true).await;
    });
    Ok(server.await?)
}
