//! The other end of a session, for tests: as simple as a client can be, one exchange at a time, no retransmission.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::sim::config::SimBmcConfig;
use crate::sim::crypto::{SessionKeys, Suite};
use crate::sim::device::Device;
use crate::sim::wire::rmcp::{PayloadType, RMCP_LENGTH, RmcppHeader, append_trailer_start, rmcpp};

const CONSOLE_ID: u32 = 0xa0a2_a3a4;
const CONSOLE_RANDOM: [u8; 16] = [0x5a; 16];

pub(super) const CHASSIS_STATUS: (u8, u8) = (0x00, 0x01);
pub(super) const CHASSIS_CONTROL: (u8, u8) = (0x00, 0x02);
pub(super) const SET_PRIVILEGE: (u8, u8) = (0x06, 0x3b);
pub(super) const CLOSE_SESSION: (u8, u8) = (0x06, 0x3c);

/// A BMC and somebody who talks to it, at a time that only [`Console::wait`] moves.
pub(super) struct Console {
    pub(super) device: Device,
    pub(super) now: Instant,
    pub(super) suite: Suite,
    pub(super) bmc_id: u32,
    /// The privilege that Open Session asks for; 0 is the highest.
    pub(super) asks_for: u8,
    /// The sequence number of the last packet sent.
    pub(super) sequence: u32,
    keys: Option<SessionKeys>,
    request_number: u8,
}

impl Console {
    pub(super) fn new(config: SimBmcConfig) -> Self {
        let now = crate::time::instant();
        Self {
            device: Device::new(now, config),
            now,
            suite: Suite::Sha256,
            bmc_id: 0,
            asks_for: 0,
            sequence: 0,
            keys: None,
            request_number: 0,
        }
    }

    pub(super) fn wait(&mut self, duration: Duration) {
        self.now += duration;
    }

    /// Sends a datagram; what came back.
    pub(super) fn send(&mut self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let out = self.device.on_datagram(self.now, peer, datagram);
        out.into_iter().map(|outgoing| outgoing.bytes).collect()
    }

    /// Sends a handshake payload; the payload of the one answer, if there was one.
    pub(super) fn handshake(&mut self, kind: PayloadType, payload: &[u8]) -> Option<Vec<u8>> {
        let datagram = rmcpp(RmcppHeader::outside_session(kind), payload);
        let answers = self.send(&datagram);
        assert!(answers.len() <= 1);
        answers
            .first()
            .map(|answer| answer[RMCP_LENGTH + 12..].to_vec())
    }

    pub(super) fn open_request(&self) -> Vec<u8> {
        let mut payload = vec![0x01, self.asks_for, 0x00, 0x00];
        payload.extend(CONSOLE_ID.to_le_bytes());
        for (kind, algorithm) in (0..).zip(self.suite.algorithms()) {
            payload.extend([kind, 0, 0, 8, algorithm, 0, 0, 0]);
        }
        payload
    }

    /// Open Session; the status.
    pub(super) fn open(&mut self) -> Option<u8> {
        let request = self.open_request();
        let answer = self.handshake(PayloadType::OpenSessionRequest, &request)?;
        if let Some(id) = answer.get(8..12) {
            self.bmc_id = u32::from_le_bytes(id.try_into().unwrap());
        }
        Some(answer[1])
    }

    pub(super) fn rakp1_request(&self, role: u8, user: &str) -> Vec<u8> {
        let mut payload = vec![0x02, 0, 0, 0];
        payload.extend(self.bmc_id.to_le_bytes());
        payload.extend(CONSOLE_RANDOM);
        payload.extend([role, 0, 0, u8::try_from(user.len()).unwrap()]);
        payload.extend(user.as_bytes());
        payload
    }

    /// RAKP 3 for a RAKP 2, by the password; and the session integrity key.
    pub(super) fn rakp3_request(
        &self,
        rakp2: &[u8],
        role: u8,
        user: &str,
        password: &str,
    ) -> (Vec<u8>, Vec<u8>) {
        let mut identity = vec![role, u8::try_from(user.len()).unwrap()];
        identity.extend(user.as_bytes());
        self.rakp3_over(rakp2, &identity, password)
    }

    /// The same over these bytes in place of role, length and name.
    pub(super) fn rakp3_over(
        &self,
        rakp2: &[u8],
        identity: &[u8],
        password: &str,
    ) -> (Vec<u8>, Vec<u8>) {
        let (bmc_random, name) = (&rakp2[8..24], identity);
        let key = password.as_bytes();
        let mut payload = vec![0x03, 0, 0, 0];
        payload.extend(self.bmc_id.to_le_bytes());
        let parts = [bmc_random, &CONSOLE_ID.to_le_bytes(), name];
        payload.extend(self.suite.hmac(key, &parts).iter());
        let sik = self.suite.hmac(key, &[&CONSOLE_RANDOM, bmc_random, name]);
        (payload, sik.to_vec())
    }

    /// The code that RAKP 2 should have over these bytes in place of role, length and name.
    pub(super) fn rakp2_code(&self, rakp2: &[u8], identity: &[u8], password: &str) -> Vec<u8> {
        let parts = [
            &CONSOLE_ID.to_le_bytes(),
            &self.bmc_id.to_le_bytes(),
            &CONSOLE_RANDOM[..],
            &rakp2[8..24],
            &rakp2[24..40],
            identity,
        ];
        self.suite.hmac(password.as_bytes(), &parts).to_vec()
    }

    /// The whole handshake for a role by name; the first status that is not good.
    pub(super) fn login_as(&mut self, role: u8, user: &str, password: &str) -> Result<(), u8> {
        match self.open() {
            Some(0) => {}
            status => return Err(status.unwrap_or(0xff)),
        }
        let request = self.rakp1_request(role, user);
        let rakp2 = self
            .handshake(PayloadType::Rakp1, &request)
            .ok_or(0xff_u8)?;
        if rakp2[1] != 0 {
            return Err(rakp2[1]);
        }
        let (request, sik) = self.rakp3_request(&rakp2, role, user, password);
        let rakp4 = self
            .handshake(PayloadType::Rakp3, &request)
            .ok_or(0xff_u8)?;
        if rakp4[1] != 0 {
            return Err(rakp4[1]);
        }
        self.adopt(&sik);
        Ok(())
    }

    /// Goes on in the session that this integrity key is for.
    pub(super) fn adopt(&mut self, sik: &[u8]) {
        self.keys = Some(SessionKeys::derive(self.suite, sik));
        self.sequence = 0;
    }

    /// Logs in as the default administrator and takes the privilege.
    pub(super) fn login(&mut self) {
        assert_eq!(self.login_as(0x14, "admin", "admin"), Ok(()));
        assert_eq!(self.command(SET_PRIVILEGE, &[0x04]), Some((0, vec![4])));
    }

    /// The datagram of a command with the next sequence number.
    pub(super) fn seal(&mut self, (net_fn, command): (u8, u8), data: &[u8]) -> Vec<u8> {
        self.request_number = (self.request_number + 1) & 0x3f;
        self.sequence += 1;
        let message = request(self.request_number, (net_fn, command), data);
        let keys = self.keys.as_ref().unwrap();
        let header = RmcppHeader {
            payload_type: PayloadType::Ipmi,
            sealed: true,
            session_id: self.bmc_id,
            sequence: self.sequence,
        };
        let mut out = rmcpp(header, &keys.encrypt([0x11; 16], &message));
        append_trailer_start(&mut out);
        let check = keys.sign(&out[RMCP_LENGTH..]);
        out.extend(check.iter());
        out
    }

    /// Reads an answer: completion code and data. `None` where it is damaged.
    pub(super) fn unseal(&self, datagram: &[u8]) -> Option<(u8, Vec<u8>)> {
        let keys = self.keys.as_ref().unwrap();
        if !keys.is_genuine(datagram.get(RMCP_LENGTH..)?) {
            return None;
        }
        let length = u16::from_le_bytes(datagram.get(14..16)?.try_into().unwrap());
        let message = keys.decrypt(datagram.get(16..16 + usize::from(length))?)?;
        Some((message[6], message[7..message.len() - 1].to_vec()))
    }

    /// A command and its one answer; `None` for silence or a damaged answer.
    pub(super) fn command(&mut self, code: (u8, u8), data: &[u8]) -> Option<(u8, Vec<u8>)> {
        let datagram = self.seal(code, data);
        let answers = self.send(&datagram);
        assert!(answers.len() <= 1);
        self.unseal(answers.first()?)
    }
}

/// An IPMI message to the BMC.
pub(super) fn request(number: u8, (net_fn, command): (u8, u8), data: &[u8]) -> Vec<u8> {
    let sum = |bytes: &[u8]| bytes.iter().fold(0_u8, |s, b| s.wrapping_sub(*b));
    let mut out = vec![0x20, net_fn << 2];
    out.push(sum(&out));
    out.extend([0x81, number << 2, command]);
    out.extend(data);
    out.push(sum(&out[3..]));
    out
}
