//! The subject of a certificate, in the one spelling that it is stored, shown and compared in.

use std::str::FromStr as _;

use x509_cert::der::Decode as _;
use x509_cert::name::RdnSequence;
use x509_cert::{Certificate, TbsCertificate};

use crate::model::caller::{ClientCertificate, Subject};
use crate::rules::input::{self, InvalidInput};
use crate::time::Timestamp;

/// Reads the spelling of RFC 4514, and writes it as this program does: `CN=ci,O=Example`.
///
/// # Errors
/// It is empty or another spelling.
pub fn parse(field: &str, text: &str) -> Result<Subject, InvalidInput> {
    input::text(field, text)?;
    let spelled = RdnSequence::from_str(text).ok().as_ref().and_then(spell);
    spelled.ok_or_else(|| {
        let problem = format!(
            "{text:?} is not a subject as in RFC 4514: write it as CN=ci,O=Example, which is what openssl x509 -noout -subject \
             -nameopt RFC2253 prints"
        );
        InvalidInput::new(field, problem)
    })
}

/// What a client's certificate says, which has been verified; `None` where it cannot be read, or its subject is empty or holds
/// what has no certain spelling.
pub fn of_certificate(der: &[u8]) -> Option<ClientCertificate> {
    let certificate = Certificate::from_der(der).ok()?;
    let certificate: &TbsCertificate = certificate.tbs_certificate();
    let not_after = certificate.validity().not_after.to_unix_duration();
    Some(ClientCertificate {
        subject: spell(certificate.subject().as_ref())?,
        not_after: Timestamp::from_micros(i64::try_from(not_after.as_micros()).ok()?),
    })
}

/// The spelling of a name. What is read back from it has to be the same name, whichever string types it is made of: so no two
/// names have one spelling.
fn spell(name: &RdnSequence) -> Option<Subject> {
    let text = name.to_string();
    let again = RdnSequence::from_str(&text).ok()?;
    let is_same = !text.is_empty() && again.to_string() == text && types(&again) == types(name);
    is_same.then(|| Subject::new(text))
}

/// The types of the attributes, part by part.
fn types(name: &RdnSequence) -> Vec<Vec<String>> {
    let of_part = |part: &x509_cert::name::RelativeDistinguishedName| {
        let mut types: Vec<_> = part.iter().map(|pair| pair.oid.to_string()).collect();
        types.sort_unstable();
        types
    };
    name.iter().map(of_part).collect()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, KeyPair};

    use super::*;

    #[test]
    fn a_subject_has_one_spelling() {
        for (text, expected) in [
            ("CN=ci,O=Example", "CN=ci,O=Example"),
            ("commonName=ci,O=Example", "CN=ci,O=Example"),
            ("2.5.4.3=ci", "CN=ci"),
            (r"CN=Doe\, Jane,O=a\+b", r"CN=Doe\, Jane,O=a\+b"),
            (r"CN=Doe\2c Jane", r"CN=Doe\, Jane"),
            ("CN=Jürgen", "CN=Jürgen"),
        ] {
            let subject = parse("s", text).unwrap();
            assert_eq!(subject.as_str(), expected, "{text}");
            assert_eq!(parse("s", subject.as_str()).unwrap(), subject);
        }
        // Case and order count.
        let [one, two, three] =
            ["CN=ci,O=x", "CN=CI,O=x", "O=x,CN=ci"].map(|text| parse("s", text).unwrap());
        assert!(one != two && one != three);
    }

    #[test]
    fn what_is_no_subject_is_told_how_to_write_one() {
        for bad in [
            "",
            "ci",
            "CN=ci, O=Example",
            "O = Example, CN = ci",
            "/O=x/CN=ci",
            "CN=a,,O=b",
        ] {
            let error = parse("certificate_subject", bad).unwrap_err().to_string();
            assert!(error.starts_with("certificate_subject: "), "{error}");
        }
    }

    fn certificate(parts: &[(DnType, DnValue)]) -> Option<ClientCertificate> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in parts {
            params.distinguished_name.push(kind.clone(), value.clone());
        }
        params.not_after = rcgen::date_time_ymd(2031, 2, 3);
        let key = KeyPair::generate().unwrap();
        of_certificate(params.self_signed(&key).unwrap().der())
    }

    #[test]
    fn a_certificate_has_the_subject_that_its_name_is_spelled_as() {
        let utf8 = |text: &str| DnValue::Utf8String(text.to_owned());
        let printable = DnValue::PrintableString("ci".try_into().unwrap());
        for value in [utf8("ci"), printable] {
            let parts = [
                (DnType::OrganizationName, utf8("Example, Inc.")),
                (DnType::CommonName, value),
            ];
            let read = certificate(&parts).unwrap();
            assert_eq!(read.subject.as_str(), r"CN=ci,O=Example\, Inc.");
            assert_eq!(
                read.subject,
                parse("s", r"CN=ci,O=Example\2C Inc.").unwrap()
            );
            let end = Timestamp::parse("2031-02-03T00:00:00Z").unwrap();
            assert_eq!(read.not_after, end);
        }
        assert_eq!(certificate(&[]), None);
        assert_eq!(of_certificate(b"no certificate"), None);
    }
}
