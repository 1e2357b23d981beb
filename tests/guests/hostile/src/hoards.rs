//! Things the host keeps for a guest, as many and as large as it gives them.

use crate::answers;
use crate::Wish;
use liaison_sdk::prelude::*;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types as wasi;
use wasip2::io::poll::poll;

pub fn memory() -> ! {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(vec![1; 1 << 20]);
        std::hint::black_box(&hoard);
    }
}

pub fn handles() -> ! {
    let mut held = Vec::new();
    loop {
        held.push(wasi::Fields::new());
    }
}

/// As many header lists as there are handles, each nearly full of the smallest headers.
pub fn fields() -> ! {
    let mut held = Vec::new();
    loop {
        let fields = wasi::Fields::new();
        // One more than fits is a trap.
        for number in 0..860 {
            fields.append(&format!("{number:x}"), b"").expect("it fits");
        }
        held.push(fields);
    }
}

/// A method may be any word, and a word has no length. Nor has the name of a host.
pub fn methods() -> ! {
    let method = wasi::Method::Other("M".repeat(8 << 20));
    let authority = "a".repeat(4 << 20);
    let mut held = Vec::new();
    loop {
        let request = wasi::OutgoingRequest::new(wasi::Fields::new());
        request.set_method(&method).ok();
        request.set_authority(Some(&authority)).ok();
        held.push(request);
    }
}

/// What the host says to parts of a request that are too long, and to some that are not.
pub fn long_parts() -> Result<Page, Fault> {
    let request = wasi::OutgoingRequest::new(wasi::Fields::new());
    let words = |length: usize| "A".repeat(length);
    let method = |length| {
        request
            .set_method(&wasi::Method::Other(words(length)))
            .is_ok()
    };
    let authority = |length| request.set_authority(Some(&words(length))).is_ok();
    let path = |length| {
        let path = format!("/{}", words(length));
        request.set_path_with_query(Some(&path)).is_ok()
    };
    let taken = [
        method(17),
        authority(253),
        path(8_000),
        method(33),
        authority(301),
        path(16 << 10),
    ];
    Ok(answers::page(vec![answers::with_body(
        "1",
        &format!(r#"{{"id": "1", "taken": "{taken:?}"}}"#),
    )]))
}

/// A path as long as a path may be.
pub fn paths() -> ! {
    let path = format!("/{}", "p".repeat(60_000));
    let mut held = Vec::new();
    loop {
        let request = wasi::OutgoingRequest::new(wasi::Fields::new());
        request.set_path_with_query(Some(&path)).ok();
        held.push(request);
    }
}

/// Bodies that are written and never sent.
pub fn unsent_bodies() -> ! {
    let chunk = vec![b'x'; 4 << 20];
    let mut held = Vec::new();
    loop {
        let request = wasi::OutgoingRequest::new(wasi::Fields::new());
        let body = request.body().expect("the first time");
        let stream = body.write().expect("the first time");
        while let Ok(room @ 1..) = stream.check_write() {
            let room = usize::try_from(room).unwrap_or(0).min(chunk.len());
            if stream.write(&chunk[..room]).is_err() {
                break;
            }
        }
        held.push((request, body, stream));
    }
}

/// Requests with large bodies to somebody who never answers, all at once.
pub fn requests(wish: &Wish) -> ! {
    let chunk = vec![b'x'; 1 << 20];
    let mut open = Vec::new();
    let mut held = Vec::new();
    loop {
        if open.len() < 200 {
            let (request, body) = prepare(wish);
            if let Ok(answer) = handle(request, None) {
                held.push(answer);
                let stream = body.write().expect("the first time");
                open.push((stream, body, 0_usize));
            }
        }
        open.retain_mut(|(stream, _, written)| {
            while let Ok(room @ 1..) = stream.check_write() {
                // Just under the most that a body may have.
                let left = (10 << 20) - *written;
                let room = usize::try_from(room)
                    .unwrap_or(0)
                    .min(chunk.len())
                    .min(left);
                if room == 0 || stream.write(&chunk[..room]).is_err() {
                    break;
                }
                *written += room;
            }
            true
        });
        pause();
    }
}

/// Answers that are fetched and never read.
pub fn answers(wish: &Wish) -> ! {
    let mut held = Vec::new();
    loop {
        let (request, body) = prepare(wish);
        wasi::OutgoingBody::finish(body, None).ok();
        if let Ok(answer) = handle(request, None) {
            held.push(answer);
        }
        if held.len() % 8 == 0 {
            pause();
        }
        if held.len() == 400 {
            for answer in &held {
                answer.subscribe().block();
            }
            loop {
                pause();
            }
        }
    }
}

/// An answer that never comes.
pub fn wait_for_ever(wish: &Wish) -> Result<Page, Fault> {
    let (request, body) = prepare(wish);
    wasi::OutgoingBody::finish(body, None).ok();
    let answer = handle(request, None).expect("it is granted");
    let waiting = answer.subscribe();
    loop {
        waiting.block();
        if waiting.ready() {
            return Ok(answers::page(vec![answers::entry("1")]));
        }
    }
}

/// The longest list of things to wait for, and the same one again and again.
pub fn poll_many(wish: &Wish) -> ! {
    let (request, body) = prepare(wish);
    wasi::OutgoingBody::finish(body, None).ok();
    let answer = handle(request, None).expect("it is granted");
    let waiting = answer.subscribe();
    // Something that is ready at once beside it, so that each poll returns.
    let ready = {
        let request = wasi::OutgoingRequest::new(wasi::Fields::new());
        let body = request.body().expect("the first time");
        let stream = body.write().expect("the first time");
        std::mem::forget((request, body));
        let ready = stream.subscribe();
        std::mem::forget(stream);
        ready
    };
    let mut list = vec![&waiting; 600_000];
    list.push(&ready);
    loop {
        poll(&list);
    }
}

fn prepare(wish: &Wish) -> (wasi::OutgoingRequest, wasi::OutgoingBody) {
    let rest = wish.url.trim_start_matches("http://");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let request = wasi::OutgoingRequest::new(wasi::Fields::new());
    request.set_method(&wasi::Method::Post).expect("a method");
    request
        .set_scheme(Some(&wasi::Scheme::Http))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(path)))
        .expect("an address");
    let body = request.body().expect("the first time");
    (request, body)
}

/// Lets the host's own tasks run.
fn pause() {
    liaison_sdk::wasm::Sandbox::<false>.sleep_ms(1);
}
