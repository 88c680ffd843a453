//! A card or another token over PKCS#11, as a command line names it.

use std::path::PathBuf;

use clap::Args;
use cnt_trust::pkcs11::TokenAccess;

/// Identifier of the authentication key on a card.
pub(crate) const AUTHENTICATION_ID: u8 = 1;
/// Identifier of the signature key on a card.
pub(crate) const SIGNATURE_ID: u8 = 2;

/// Which token; none of it for keys in files.
#[derive(Args)]
pub(crate) struct TokenArgs {
    /// PKCS#11 library of a token, in place of key files: the keys never leave the token.
    #[arg(long, value_name = "MODULE", requires = "token")]
    pkcs11: Option<PathBuf>,
    /// Label of the token.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    token: Option<String>,
    /// The environment variable with the token's personal code: on a command line everybody could read it.
    #[arg(
        long,
        value_name = "VARIABLE",
        default_value = "CNT_TOKEN_PIN",
        requires = "token"
    )]
    pin_variable: String,
}

impl TokenArgs {
    /// How the token is opened, if one was named.
    pub(crate) fn access(&self) -> Option<TokenAccess> {
        Some(TokenAccess {
            module: self.pkcs11.clone()?,
            token: self.token.clone()?,
            pin_variable: self.pin_variable.clone(),
        })
    }
}
