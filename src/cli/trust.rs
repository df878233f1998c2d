//! Whom to believe that it is the daemon, where the connection is TLS.

use std::error::Error;
use std::io;
use std::path::Path;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};

use crate::cli::exit::CliError;

/// In the authorities that this machine trusts. Without any, nobody is trusted, which the first request will say.
pub(crate) fn in_whom_this_machine_does() -> ClientConfig {
    match ClientConfig::builder().with_native_roots() {
        Ok(builder) => builder.with_no_client_auth(),
        Err(_) => in_these(RootCertStore::empty()),
    }
}

/// In the authorities of a PEM file, and in no others.
///
/// # Errors
/// The file cannot be read, or holds no certificate.
pub(crate) fn in_those_of(file: &Path) -> Result<ClientConfig, CliError> {
    let text = std::fs::read(file).map_err(|source| CliError::File {
        path: file.to_owned(),
        source,
    })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
        if let Err(error) = added {
            let message = format!(
                "{} holds a certificate that cannot be used: {error}",
                file.display()
            );
            return Err(CliError::Usage(message));
        }
    }
    if roots.is_empty() {
        let message = format!("{} holds no certificate in PEM", file.display());
        return Err(CliError::Usage(message));
    }
    Ok(in_these(roots))
}

fn in_these(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// What TLS said, out of the chain around it.
pub(crate) fn tls_error(error: &(dyn Error + 'static)) -> Option<rustls::Error> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Some(tls.clone());
        }
        // An io::Error that holds another error passes over it in its chain.
        let held = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => cause.source(),
        };
    }
    None
}

/// What to do about it.
pub(crate) fn advice(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(why) = error else {
        return if matches!(error, rustls::Error::InvalidMessage(_)) {
            "does ostlerd speak TLS there? (http:// if not)"
        } else {
            "look at api.tls_certificate of ostlerd there"
        };
    };
    if matches!(
        why,
        CertificateError::UnknownIssuer | CertificateError::BadSignature
    ) {
        "give the certificate of the authority that signed ostlerd's with --ca-file or OSTLER_CA_FILE"
    } else if matches!(
        why,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        "use a name in the URL that ostlerd's certificate is for"
    } else if matches!(
        why,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    ) {
        "renew ostlerd's certificate, or set the clock of this machine"
    } else {
        "give ostlerd another certificate (api.tls_certificate): one for its name, and not that of an authority"
    }
}
