//! A server for this room's tests that plays answers from a script, down to half-sent bodies, and remembers what it
//! was asked.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// Status, further headers, body.
    Reply(u16, Vec<(String, String)>, Vec<u8>),
    /// Waits, then plays the answer inside.
    After(Duration, Box<Answer>),
    /// Closes without a word.
    Cut,
    /// Says that this many bytes more come than do, then closes.
    Short(usize, Vec<u8>),
    /// Refuses with this status, and closes in the middle of the reason.
    HalfRefusal(u16),
    /// Sends half an answer and then nothing.
    Stall,
}

impl Answer {
    pub(super) fn json(body: &str) -> Self {
        Self::Reply(200, vec![header("content-type", "application/json")], body.into())
    }

    pub(super) fn status(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::Reply(status, headers.iter().map(|(name, value)| header(name, value)).collect(), body.into())
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Request line and headers as sent.
    pub(super) head: String,
    pub(super) body: String,
}

#[derive(Default)]
struct Record {
    seen: Vec<Seen>,
    in_flight: usize,
    most_in_flight: usize,
}

/// The server. It plays the script in the order of arrival; its last answer is for all that come after.
pub(super) struct Server {
    pub(super) address: String,
    record: Arc<Mutex<Record>>,
}

impl Server {
    pub(super) async fn play(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let record = Arc::new(Mutex::new(Record::default()));
        let shared = Arc::clone(&record);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, record }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.record.lock().unwrap().seen.clone()
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.record.lock().unwrap().most_in_flight
    }
}

async fn serve(mut stream: TcpStream, script: Vec<Answer>, record: Arc<Mutex<Record>>) {
    let Some(seen) = read_request(&mut stream).await else {
        return;
    };
    let mut answer = {
        let mut record = record.lock().unwrap();
        let nth = record.seen.len().min(script.len() - 1);
        record.seen.push(seen);
        record.in_flight += 1;
        record.most_in_flight = record.most_in_flight.max(record.in_flight);
        script[nth].clone()
    };
    while let Answer::After(delay, inner) = answer {
        tokio::time::sleep(delay).await;
        answer = *inner;
    }
    let stalls = matches!(answer, Answer::Stall);
    let (head, body) = match answer {
        Answer::Reply(status, headers, body) => {
            let lines: Vec<String> =
                headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let headers = lines.concat();
            (format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n", body.len()), body)
        }
        Answer::Short(missing, body) => {
            (format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n", body.len() + missing), body)
        }
        Answer::HalfRefusal(status) => {
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: 99\r\n");
            (head, br#"{"errorMessages":["The board do"#.to_vec())
        }
        Answer::Stall => ("HTTP/1.1 200 X\r\ncontent-length: 100\r\n".to_owned(), b"{".to_vec()),
        Answer::Cut | Answer::After(..) => (String::new(), Vec::new()),
    };
    // Before the last byte is sent, or the next request might be counted beside this one.
    record.lock().unwrap().in_flight -= 1;
    if !head.is_empty() {
        // The client may have gone away on purpose.
        let _ = stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await;
        let _ = stream.write_all(&body).await;
    }
    if stalls {
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    let _ = stream.shutdown().await;
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |it| it.parse().unwrap()) {
                return Some(Seen { head: head.to_owned(), body: body.to_owned() });
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
}
