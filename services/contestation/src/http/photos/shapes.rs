//! The shapes of requests and answers about photographs.

use cnt_domain::photo::PhotoHash;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::PhotoRequestRow;

/// A photograph that the MIF of an avis names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedPhoto {
    /// SHA-256 of its bytes.
    pub(super) sha256: String,
    /// Whether it was handed in.
    pub(super) received: bool,
}

/// The photographs of an avis.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoList {
    /// In the order of the MIF.
    pub(super) photos: Vec<NamedPhoto>,
}

/// A request to see the photographs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoAsked {
    /// Chosen by the sender: the same id twice is one request.
    #[schema(value_type = String, format = "uuid")]
    pub(super) id: Uuid,
}

/// A request of an addressee.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoRequest {
    /// The request.
    #[schema(value_type = String, format = "uuid")]
    pub(super) id: Uuid,
    /// Avis number.
    pub(super) avis: String,
    /// When it was asked, on the legal clock (RFC 3339).
    pub(super) asked_at: String,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answered_at: Option<String>,
    /// SHA-256 of each copy given.
    pub(super) photos: Vec<String>,
}

/// The requests that wait for an OMP, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoRequests {
    /// At most 200.
    pub(super) requests: Vec<PhotoRequest>,
}

/// A rectangle that hides a third party, in pixels from the upper left corner of the upright picture.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaskArea {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A photograph to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenPhoto {
    /// SHA-256 of the original.
    pub(super) sha256: String,
    /// What hides third parties; an empty list says that there are none.
    #[schema(max_items = 50)]
    pub(super) masks: Vec<MaskArea>,
}

/// The answer to an addressee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoAnswer {
    /// Every photograph that was handed in; none if none was.
    pub(super) photos: Vec<GivenPhoto>,
}

impl From<&PhotoRequestRow> for PhotoRequest {
    fn from(row: &PhotoRequestRow) -> Self {
        Self {
            id: row.id,
            avis: row.avis.to_string(),
            asked_at: row.asked_at().to_string(),
            answered_at: row.answered_at().map(|at| at.to_string()),
            photos: row
                .given()
                .map(|hash| PhotoHash(hash).to_string())
                .collect(),
        }
    }
}
