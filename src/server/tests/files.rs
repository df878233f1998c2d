//! Files that the kernel sends, through real sockets.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::Either;

use super::*;
use crate::system::file_body::{FileBody, Outlet};

/// Several pieces, and a length that is a multiple of nothing.
const LENGTH: usize = (3 << 20) + 12_345;
/// More than the sockets hold.
const LARGE: u64 = 64 << 20;

type Files = Either<FileBody, Full<Bytes>>;

/// Bytes that say where they are, and of which file.
fn pattern(seed: u32, length: usize) -> Vec<u8> {
    let words = (0..).map(|number: u32| number.wrapping_mul(2_654_435_761).wrapping_add(seed));
    words.flat_map(u32::to_le_bytes).take(length).collect()
}

fn file(bytes: &[u8]) -> Arc<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Arc::new(file)
}

/// Answers with a part of a file, `/from/length`, or with the path.
fn files_of(
    file: &Arc<File>,
) -> impl Fn(Peer, Request<Incoming>) -> std::future::Ready<Response<Files>> + Clone + use<> {
    let file = Arc::clone(file);
    move |_, request| {
        let numbers: Vec<u64> = request
            .uri()
            .path()
            .split('/')
            .filter_map(|part| part.parse().ok())
            .collect();
        let outlet = request.extensions().get::<Outlet>().cloned();
        let body = match numbers[..] {
            [from, length] => Either::Left(FileBody::new(Arc::clone(&file), from, length, outlet)),
            _ => Either::Right(Full::from(request.uri().path().to_owned())),
        };
        std::future::ready(Response::new(body))
    }
}

async fn answer(mut stream: TcpStream, requests: &str) -> Vec<u8> {
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.unwrap();
    answer
}

/// The bodies of answers that say their length, one after the other.
fn bodies(mut answers: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(end) = answers.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = std::str::from_utf8(&answers[..end]).unwrap().to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        let (body, rest) = answers[end + 4..].split_at(length);
        found.push(body.to_vec());
        answers = rest;
    }
    assert!(answers.is_empty());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_arrives_byte_for_byte_whether_the_kernel_sends_it_or_not() {
    let bytes = pattern(1, LENGTH);
    let file = file(&bytes);
    let parts = [
        (0, LENGTH),
        (1, LENGTH - 1),
        (LENGTH - 1, 1),
        (77, 64 << 10),
        (1 << 20, (64 << 10) + 1),
        (5, 0),
    ];
    let [with, without] = [
        Running::files(files_of(&file), Limits::default()),
        Running::with(files_of(&file), Limits::default()),
    ];
    for (from, length) in parts {
        for running in [&with, &without] {
            let request = get(&format!("/{from}/{length}"));
            let answered = answer(running.connect().await, &request).await;
            assert!(bodies(&answered) == [&bytes[from..from + length]]);
        }
    }
    with.stop().await;
    without.stop().await;
}

#[tokio::test]
async fn a_file_that_is_only_on_the_disk_is_read_and_arrives_as_well() {
    let bytes = pattern(7, LENGTH);
    let file = file(&bytes);
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    let running = Running::files(files_of(&file), Limits::default());
    let request = get(&format!("/0/{LENGTH}"));
    let answered = answer(running.connect().await, &request).await;
    assert!(bodies(&answered) == [&bytes[..]]);
    running.stop().await;
}

#[tokio::test]
async fn files_and_words_that_are_asked_for_at_once_come_in_their_order() {
    let bytes = pattern(2, LENGTH);
    let running = Running::files(files_of(&file(&bytes)), Limits::default());
    let open = "HTTP/1.1\r\nHost: x\r\n\r\n";
    let requests = format!(
        "GET /hello {open}GET /7/600000 {open}HEAD /7/600000 {open}GET /0/3 {open}GET /again {open}{}",
        get("/100/2000000")
    );
    let answered = answer(running.connect().await, &requests).await;
    let text = String::from_utf8_lossy(&answered);
    assert_eq!(text.matches("HTTP/1.1 200").count(), 6);
    // The answer to a HEAD has no body, whatever it says.
    let head = "content-length: 600000\r\n";
    let start = text.find(head).unwrap();
    assert!(text[start + 1..].contains(head));
    let second = answered
        .windows(head.len())
        .rposition(|bytes| bytes == head.as_bytes())
        .unwrap();
    let mut answered = answered;
    answered.splice(second..second + head.len(), *b"content-length: 0\r\n");
    let [hello, first, none, second, again, third] = &bodies(&answered)[..] else {
        panic!("other answers");
    };
    assert_eq!([&hello[..], none, again], [&b"/hello"[..], b"", b"/again"]);
    assert!(first == &bytes[7..600_007]);
    assert!(second == &bytes[0..3]);
    assert!(third == &bytes[100..2_000_100]);
    running.stop().await;
}

#[tokio::test]
async fn many_who_fetch_at_once_each_get_all_of_it_however_slowly_they_read() {
    let bytes = Arc::new(pattern(3, LENGTH));
    let running = Running::files(files_of(&file(&bytes)), Limits::default());
    let mut machines = tokio::task::JoinSet::new();
    for number in 0..24_usize {
        let mut stream = running.connect().await;
        let bytes = Arc::clone(&bytes);
        machines.spawn(async move {
            let request = get(&format!("/{number}/{}", LENGTH - number));
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answered = Vec::new();
            let mut block = vec![0; 500 << (number % 10)];
            loop {
                let read = within(stream.read(&mut block)).await.unwrap();
                if read == 0 {
                    break;
                }
                answered.extend_from_slice(&block[..read]);
                tokio::task::yield_now().await;
            }
            assert!(bodies(&answered) == [&bytes[number..]]);
        });
    }
    within(machines.join_all()).await;
    running.stop().await;
}

#[tokio::test]
async fn a_file_that_got_shorter_breaks_the_connection_and_never_looks_whole() {
    for is_sent_by_the_kernel in [true, false] {
        let file = file(b"");
        file.set_len(LARGE).unwrap();
        let running = if is_sent_by_the_kernel {
            Running::files(files_of(&file), Limits::default())
        } else {
            Running::with(files_of(&file), Limits::default())
        };
        let mut stream = running.connect().await;
        let request = get(&format!("/0/{LARGE}"));
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.readable().await.unwrap();
        file.set_len(100_000).unwrap();
        let mut answered = Vec::new();
        // Cut off with or without a reset.
        within(stream.read_to_end(&mut answered)).await.ok();
        assert!((answered.len() as u64) < LARGE);
        running.stop().await;
    }
}

#[tokio::test]
async fn what_has_to_be_done_before_the_last_piece_is_done_before_anybody_has_the_whole_file() {
    let bytes = pattern(5, LENGTH);
    let file = file(&bytes);
    let done = Arc::new(AtomicBool::new(false));
    let (go_on, wait) = (Arc::new(tokio::sync::Notify::new()), Arc::clone(&done));
    let gate = Arc::clone(&go_on);
    let handler = move |_, request: Request<Incoming>| {
        let outlet = request.extensions().get::<Outlet>().cloned();
        let (gate, done) = (Arc::clone(&gate), Arc::clone(&wait));
        let body = FileBody::new(Arc::clone(&file), 0, LENGTH as u64, outlet).before_last(
            Box::pin(async move {
                gate.notified().await;
                done.store(true, Ordering::SeqCst);
            }),
        );
        std::future::ready(Response::new(body))
    };
    let running = Running::files(handler, Limits::default());
    let mut stream = running.connect().await;
    stream.write_all(get("/").as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;
    let mut most = vec![0; LENGTH - (64 << 10)];
    within(stream.read_exact(&mut most)).await.unwrap();
    assert!(!done.load(Ordering::SeqCst));
    let nothing = stream.try_read(&mut [0]);
    assert_eq!(nothing.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    go_on.notify_one();
    within(stream.read_to_end(&mut most)).await.unwrap();
    assert!(done.load(Ordering::SeqCst));
    assert!(most == bytes);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn somebody_who_takes_nothing_of_a_file_loses_the_connection_in_time() {
    let file = file(b"");
    file.set_len(LARGE).unwrap();
    let running = Running::files(files_of(&file), Limits::default());
    let mut stream = running.connect().await;
    stream
        .write_all(get(&format!("/0/{LARGE}")).as_bytes())
        .await
        .unwrap();
    // Time goes on by itself while nothing else does.
    tokio::time::sleep(Limits::default().write_timeout * 2).await;
    let mut answered = Vec::new();
    stream.read_to_end(&mut answered).await.ok();
    assert!((answered.len() as u64) < LARGE);
    running.stop().await;
}
