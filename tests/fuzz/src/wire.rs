//! Every decoder of `ipmi::wire` and the payload cipher, all on the same bytes.

use ostler::ipmi::crypto::cipher;
use ostler::ipmi::wire::lan::LanResponse;
use ostler::ipmi::wire::open_session::OpenSessionResponse;
use ostler::ipmi::wire::rakp2::Rakp2;
use ostler::ipmi::wire::rakp4::Rakp4;
use ostler::ipmi::wire::status::Status;
use ostler::ipmi::wire::v2::{self, PayloadType};
use ostler::ipmi::wire::{asf, rmcp, v15};

/// Reads `data` as everything that a BMC can send.
pub fn run(data: &[u8]) {
    rmcp_plus(data);
    if let Ok(message) = v15::decode(data) {
        assert!(message.len() <= 0xFF && message.len() < data.len());
        lan(message);
    }
    if asf::decode_pong(data).is_ok() {
        assert!(rmcp::decode(data).is_ok_and(|(class, _)| class == rmcp::Class::Asf));
        assert!(v2::decode(data).is_err() && v15::decode(data).is_err());
    }
    lan(data);
    login(data);
    for byte in data {
        let status = Status::from_wire(*byte);
        assert_eq!(status.to_wire(), *byte);
        assert!(!status.to_string().is_empty());
    }
    encrypted(data);
}

fn rmcp_plus(data: &[u8]) {
    if let Ok(packet) = v2::decode(data) {
        assert!(packet.payload.len() + 16 <= data.len());
        for length in 0..=32 {
            let Some(Ok((covered, code))) = packet.trailer.map(|trailer| trailer.split(length))
            else {
                continue;
            };
            assert_eq!(code.len(), length);
            assert_eq!([covered, code].concat(), data[4..]);
        }
        lan(packet.payload);
        login(packet.payload);
    }
    let Ok(sealed) = v2::encode_sealed(PayloadType::Ipmi, 7, 9, data, |_| [0xCC; 16]) else {
        assert!(data.len() > usize::from(u16::MAX));
        return;
    };
    let packet = v2::decode(&sealed).expect("what we write, we read");
    assert_eq!(packet.payload, data);
    let trailer = packet.trailer.expect("it is authenticated");
    assert!(trailer.split(16).is_ok());
}

fn lan(data: &[u8]) {
    if let Ok(response) = LanResponse::decode(data) {
        assert_eq!(response.data.len() + 8, data.len());
        assert!(response.rq_seq <= 0x3F && response.netfn <= 0x3F);
    }
}

fn login(data: &[u8]) {
    if let Ok(response) = OpenSessionResponse::decode(data) {
        assert!(response.outcome.is_ok_and(|it| it.managed_id != 0) || response.outcome.is_err());
        assert!(response.outcome.is_err() || data.len() >= 36);
    }
    if let Ok(message) = Rakp2::decode(data)
        && let Ok(challenge) = message.outcome
    {
        assert_eq!(challenge.code.len() + 40, data.len());
    }
    if let Ok(message) = Rakp4::decode(data)
        && let Ok(code) = message.outcome
    {
        assert_eq!(code.len() + 8, data.len());
    }
}

fn encrypted(data: &[u8]) {
    let key = [0x11; 16];
    if let Ok(plain) = cipher::decrypt(&key, data) {
        assert!(plain.len() + 17 <= data.len());
    }
    let sealed = cipher::encrypt(&key, [0x22; 16], data);
    assert_eq!(cipher::decrypt(&key, &sealed).as_deref(), Ok(data));
}
