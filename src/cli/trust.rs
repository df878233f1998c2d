//! What to show the daemon where the connection is TLS, and why it is not believed to be who was meant.

use std::error::Error;
use std::io;
use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, CertificateError, ClientConfig};
use zeroize::Zeroizing;

use crate::cli::exit::CliError;
use crate::system::trust::Trust;

/// Shows a certificate, followed by those that it was signed with, where the daemon asks for one. Its key may be in the same
/// file.
///
/// # Errors
/// A file cannot be read or used.
pub(crate) fn showing(
    trust: Trust,
    certificate: &Path,
    key: &Path,
) -> Result<ClientConfig, CliError> {
    let unusable = |file: &Path, what: &str| {
        CliError::Usage(format!("{} holds no {what} in PEM", file.display()))
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(certificate)?).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| unusable(certificate, "certificate"))?;
    let text = Zeroizing::new(read(key)?);
    let secret = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| unusable(key, "private key without a passphrase"))?;
    trust.with_client_auth_cert(chain, secret).map_err(|error| {
        CliError::Usage(format!(
            "the certificate in {} and the key in {} cannot be used together: {error}",
            certificate.display(),
            key.display()
        ))
    })
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(file).map_err(|source| CliError::File {
        path: file.to_owned(),
        source,
    })
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
        return if is_refusal_of_ours(error) {
            "ostlerd there does not take the certificate of --cert or OSTLER_CERT: it has to be one for clients, still valid, \
             and signed by an authority of its api.tls_client_ca"
        } else if matches!(error, rustls::Error::InvalidMessage(_)) {
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

/// Whether the other end says that the certificate that was shown to it is no good.
pub(crate) fn is_refusal_of_ours(error: &rustls::Error) -> bool {
    use AlertDescription as Alert;
    matches!(
        error,
        rustls::Error::AlertReceived(
            Alert::BadCertificate
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::UnsupportedCertificate
                | Alert::DecryptError
        )
    )
}
